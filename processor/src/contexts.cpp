#include "contexts.h"

#include <algorithm>
#include <utility>

#include "common/text.h"

namespace mon::processor {
namespace {

/// An empty list fits all.
template <typename Fits>
bool AnyFits(const std::vector<std::string>& list, const Fits& fits) {
  return list.empty() || std::ranges::any_of(list, fits);
}

bool Means(const ContextConfig& context, const std::string& application, const RelatedItem& item) {
  const auto is_host = [&](const std::string& pattern) {
    return GlobMatch(pattern, item.host) || GlobMatch(pattern, std::to_string(item.hostid));
  };
  const auto has_tag = [&](const std::string& tag) { return item.HasTag(tag); };
  const auto is_called = [&](const std::string& pattern) { return item.Matches(pattern); };
  return GlobMatch(context.application, application) && AnyFits(context.hosts, is_host) &&
         AnyFits(context.tags, has_tag) && AnyFits(context.items, is_called);
}

}  // namespace

Result<Contexts> Contexts::Make(std::span<const ContextConfig> contexts,
                                const alerting_system::TimeZone& zone) {
  Contexts made;
  for (const ContextConfig& table : contexts) {
    made.tables_.push_back(table);
    auto& active = made.active_.emplace_back();
    if (table.active.empty()) continue;
    auto calendar = dispatch::Calendar::Parse(table.active, zone);
    if (!calendar) return Context(table.where + ": [[context]]: active", calendar.error());
    active = *std::move(calendar);
  }
  return made;
}

std::optional<ContextRole> Contexts::RoleOf(const std::string& application, const RelatedItem& item,
                                            std::int64_t time) const {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    if (!tables_[i].role || (active_[i] && !active_[i]->Covers(time))) continue;
    if (Means(tables_[i], application, item)) return tables_[i].role;
  }
  return std::nullopt;
}

std::optional<JoinWindow> JoinWindowOf(std::span<const ContextConfig> contexts,
                                       const std::string& application, const RelatedItem& item) {
  for (const ContextConfig& context : contexts) {
    if (context.window && Means(context, application, item)) return context.window;
  }
  return std::nullopt;
}

Result<std::vector<std::chrono::seconds>> JoinWindows(
    std::span<const RelatedItem* const> items, std::span<const std::optional<JoinWindow>> asked,
    std::chrono::seconds least, ItemSource& source) {
  std::vector<std::chrono::seconds> windows(items.size(), least);
  std::vector<const RelatedItem*> measured;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!asked[i]) continue;
    windows[i] = std::max(least, asked[i]->width);
    if (!asked[i]->measured) continue;
    measured.push_back(items[i]);
    places.push_back(i);
  }
  if (measured.empty()) return windows;
  auto spacings = source.Spacings(measured);
  if (!spacings) return std::unexpected(spacings.error());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& spacing = (*spacings)[i];
    if (spacing) windows[places[i]] = std::max(least, std::chrono::seconds((*spacing * 3 + 3) / 4));
  }
  return windows;
}

}  // namespace mon::processor
