#include "data_aggregator/recent_values.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace mon::data_aggregator {
namespace {

std::pair<std::int64_t, std::uint32_t> TimeOf(const ItemValue& value) {
  return {value.clock, value.ns};
}

/// The finalizer of MurmurHash3 (Appleby, 2011) over the parts, one after the other.
std::uint64_t HashOf(const ItemValue& value) {
  std::uint64_t hash = 0;
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(value.clock), std::uint64_t{value.ns},
        static_cast<std::uint64_t>(value.value_type),
        static_cast<std::uint64_t>(std::hash<std::string_view>{}(value.text))}) {
    hash ^= part;
    hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdULL;
    hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
    hash ^= hash >> 33U;
  }
  return hash;
}

}  // namespace

bool RecentValues::Contains(const ItemValue& value) const {
  if (last_ == nullptr || last_->first != value.itemid) {
    const auto found = items_.find(value.itemid);
    last_ = found == items_.end() ? nullptr : &*found;
  }
  if (last_ == nullptr || last_->second.newest < TimeOf(value)) return false;
  return std::ranges::find(last_->second.hashes, HashOf(value)) != last_->second.hashes.end();
}

void RecentValues::Add(const ItemValue& value) {
  OfItem& item = items_[value.itemid];
  item.newest = std::max(item.newest, TimeOf(value));
  if (item.hashes.size() < kOfAnItem)
    item.hashes.push_back(HashOf(value));
  else
    item.hashes[item.next++ % kOfAnItem] = HashOf(value);
}

}  // namespace mon::data_aggregator
