#include "item_filter.h"

#include <algorithm>
#include <string>

#include "common/text.h"

namespace mon::data_aggregator {
namespace {

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& key) {
  return std::ranges::any_of(patterns,
                             [&](const std::string& pattern) { return GlobMatch(pattern, key); });
}

bool IsNumeric(const Item& item) {
  return item.value_type == ValueType::kFloat || item.value_type == ValueType::kUnsigned;
}

bool Wants(const ApplicationConfig& application, const Item& item) {
  if (item.value_type == ValueType::kBinary) return false;
  if (MatchesAny(application.items_exclude, item.key)) return false;
  return application.items.empty() ? IsNumeric(item) : MatchesAny(application.items, item.key);
}

bool BelongsTo(const Item& item, const std::string& application,
               std::span<const ApplicationHosts> links) {
  return std::ranges::any_of(links, [&](const ApplicationHosts& link) {
    return link.application == application && std::ranges::binary_search(link.hostids, item.hostid);
  });
}

}  // namespace

bool NumericOnly(std::span<const ApplicationConfig> applications) {
  return std::ranges::all_of(
      applications, [](const ApplicationConfig& application) { return application.items.empty(); });
}

std::vector<Item> WantedItems(std::span<const Item> items,
                              std::span<const ApplicationConfig> applications,
                              std::span<const ApplicationHosts> links) {
  std::vector<Item> wanted;
  std::ranges::copy_if(items, std::back_inserter(wanted), [&](const Item& item) {
    return std::ranges::any_of(applications, [&](const ApplicationConfig& application) {
      return BelongsTo(item, application.name, links) && Wants(application, item);
    });
  });
  return wanted;
}

}  // namespace mon::data_aggregator
