#include "memory_items.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace mon::processor {

MemoryItems::MemoryItems(const std::vector<MemoryItem>& items) : items_(items) {
  std::ranges::stable_sort(items_, {},
                           [](const MemoryItem& item) { return std::tie(item.host, item.key); });
}

Result<std::span<const RelatedItem>> MemoryItems::Related(const std::string& application) {
  related_.clear();
  std::uint64_t hostid = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto& item = items_[i];
    if (i == 0 || items_[i - 1].host != item.host) ++hostid;
    if (!item.application.empty() && item.application != application) continue;
    RelatedItem related;
    related.itemid = i + 1;
    related.hostid = hostid;
    related.host = item.host;
    related.key = item.key;
    related.name = item.key;
    related.tags = item.tags;
    if (!item.values.Empty()) {
      const ItemPoint last = item.values.At(item.values.Size() - 1);
      related.lastclock = last.clock;
      related.lastvalue = last.text;
    }
    related_.push_back(std::move(related));
  }
  return std::span<const RelatedItem>(related_);
}

const ItemValues& MemoryItems::ValuesOf(const RelatedItem& item) const {
  return items_[item.itemid - 1].values;
}

Result<std::vector<ItemValues>> MemoryItems::Series(std::span<const RelatedItem* const> items,
                                                    std::int64_t from, std::int64_t to) {
  std::vector<ItemValues> series;
  for (const auto* item : items) series.push_back(ValuesOf(*item).Between(from, to));
  return series;
}

Result<std::vector<std::optional<ItemPoint>>> MemoryItems::LastBefore(
    std::span<const RelatedItem* const> items, std::int64_t before) {
  std::vector<std::optional<ItemPoint>> last;
  for (const auto* item : items) {
    const auto& values = ValuesOf(*item);
    const auto next = std::ranges::lower_bound(values.Clocks(), before);
    const auto count = static_cast<std::size_t>(next - values.Clocks().begin());
    last.push_back(count == 0 ? std::nullopt : std::optional(values.At(count - 1)));
  }
  return last;
}

Result<bool> MemoryItems::HaveHistory(std::span<const RelatedItem* const>) { return true; }

Result<std::optional<std::int64_t>> MemoryItems::ReadUntil(std::uint64_t) {
  return std::numeric_limits<std::int64_t>::max();
}

}  // namespace mon::processor
