#include "items.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "common/statistics.h"
#include "common/text.h"

namespace mon::processor {

std::string Printed(const RelatedItem& item, const ItemPoint& point) {
  constexpr int kUnsigned = 3;
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (!point.text.empty() || !point.number) return point.text;
  const double value = *point.number;
  if (item.value_type == kUnsigned && value >= 0 && value < kExactIntegers &&
      std::trunc(value) == value) {
    return std::to_string(static_cast<std::uint64_t>(value));
  }
  return ShortestText(value);
}

bool RelatedItem::Matches(const std::string& pattern) const {
  return GlobMatch(pattern, key.empty() ? name : key);
}

bool RelatedItem::HasTag(const std::string& wanted) const {
  if (wanted.empty()) return true;
  return std::ranges::any_of(SplitList(tags, '\n'), [&](const std::string& tag) {
    return tag == wanted || tag.starts_with(wanted + '=');
  });
}

Result<std::vector<RelatedItem>> ItemSource::OnHost(const std::string& application,
                                                    const std::string& host) {
  auto related = Related(application);
  if (!related) return std::unexpected(related.error());
  std::vector<RelatedItem> items;
  std::ranges::copy_if(*related, std::back_inserter(items), [&](const RelatedItem& item) {
    return item.host == host || std::to_string(item.hostid) == host;
  });
  return items;
}

Result<std::vector<std::optional<std::int64_t>>> ItemSource::Spacings(
    std::span<const RelatedItem* const> items) {
  std::vector<std::optional<std::int64_t>> spacings;
  for (const RelatedItem* item : items) {
    auto series = Series({&item, 1}, item->lastclock - kSpacingLookBack, item->lastclock);
    if (!series) return std::unexpected(series.error());
    spacings.push_back(MedianSpacing(series->front().Clocks()));
  }
  return spacings;
}

std::optional<std::int64_t> MedianSpacing(std::span<const std::int64_t> clocks) {
  if (clocks.size() > kSpacingValues) clocks = clocks.last(kSpacingValues);
  std::vector<std::int64_t> distances;
  for (std::size_t i = 1; i < clocks.size(); ++i) distances.push_back(clocks[i] - clocks[i - 1]);
  if (distances.empty()) return std::nullopt;
  return UpperMedian(distances);
}

}  // namespace mon::processor
