#include "items_ahead.h"

#include <algorithm>
#include <utility>

namespace mon::processor {

Result<ItemsAhead::Known> ItemsAhead::Read(const Stretch& stretch, ItemSource& source) {
  std::vector<const RelatedItem*> wanted;
  for (const RelatedItem& item : stretch.items) wanted.push_back(&item);
  auto read = source.Series(wanted, stretch.from, stretch.to);
  if (!read) return std::unexpected(read.error());
  Known known{stretch.from, stretch.to, {}};
  for (std::size_t i = 0; i < wanted.size(); ++i)
    known.series.emplace(wanted[i]->itemid, std::move((*read)[i]));
  return known;
}

Result<void> ItemsAhead::Load(const Stretch& stretch) {
  Forget();
  auto read = Read(stretch, *source_);
  if (!read) return std::unexpected(read.error());
  known_ = *std::move(read);
  return {};
}

Result<std::vector<ItemValues>> ItemsAhead::Series(std::span<const RelatedItem* const> items,
                                                   std::int64_t from, std::int64_t to) {
  const bool known =
      known_.from <= from && to <= known_.to && std::ranges::all_of(items, [&](const auto* item) {
        return known_.series.contains(item->itemid);
      });
  if (!known) return source_->Series(items, from, to);
  std::vector<ItemValues> parts;
  for (const auto* item : items) parts.push_back(known_.series.at(item->itemid).Between(from, to));
  return parts;
}

}  // namespace mon::processor
