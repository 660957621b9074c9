#include "items_ahead.h"

#include <algorithm>

namespace mon::processor {

Result<void> ItemsAhead::Load(std::span<const RelatedItem> items, std::int64_t from,
                              std::int64_t to) {
  Forget();
  std::vector<const RelatedItem*> wanted;
  for (const RelatedItem& item : items) wanted.push_back(&item);
  auto read = source_->Series(wanted, from, to);
  if (!read) return std::unexpected(read.error());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    series_.emplace(wanted[i]->itemid, std::move((*read)[i]));
  }
  from_ = from;
  to_ = to;
  return {};
}

void ItemsAhead::Forget() {
  series_.clear();
  from_ = 0;
  to_ = -1;
}

Result<std::vector<ItemValues>> ItemsAhead::Series(std::span<const RelatedItem* const> items,
                                                   std::int64_t from, std::int64_t to) {
  const bool known =
      from_ <= from && to <= to_ &&
      std::ranges::all_of(items, [&](const auto* item) { return series_.contains(item->itemid); });
  if (!known) return source_->Series(items, from, to);
  std::vector<ItemValues> parts;
  for (const auto* item : items) parts.push_back(series_.at(item->itemid).Between(from, to));
  return parts;
}

}  // namespace mon::processor
