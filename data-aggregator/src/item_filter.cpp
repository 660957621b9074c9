#include "item_filter.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>

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

using ApplicationsByHost = std::unordered_map<std::uint64_t, std::vector<const ApplicationConfig*>>;

ApplicationsByHost ByHost(std::span<const ApplicationConfig> applications,
                          std::span<const ApplicationHosts> links) {
  std::unordered_map<std::string_view, const ApplicationConfig*> by_name;
  for (const ApplicationConfig& application : applications)
    by_name.emplace(application.name, &application);
  ApplicationsByHost by_host;
  for (const ApplicationHosts& link : links) {
    const auto application = by_name.find(link.application);
    if (application == by_name.end()) continue;
    for (const std::uint64_t hostid : link.hostids) by_host[hostid].push_back(application->second);
  }
  return by_host;
}

}  // namespace

bool NumericOnly(std::span<const ApplicationConfig> applications) {
  return std::ranges::all_of(
      applications, [](const ApplicationConfig& application) { return application.items.empty(); });
}

std::vector<Item> WantedItems(std::span<const Item> items,
                              std::span<const ApplicationConfig> applications,
                              std::span<const ApplicationHosts> links) {
  const ApplicationsByHost by_host = ByHost(applications, links);
  std::vector<Item> wanted;
  std::ranges::copy_if(items, std::back_inserter(wanted), [&](const Item& item) {
    const auto of_host = by_host.find(item.hostid);
    return of_host != by_host.end() &&
           std::ranges::any_of(of_host->second, [&](const ApplicationConfig* application) {
             return Wants(*application, item);
           });
  });
  return wanted;
}

}  // namespace mon::data_aggregator
