#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/sample.h"

namespace mon::data_aggregator {

/// The values that were stored last, 64 of each item at most: what is read again for the sake of
/// late ones need not be sent again. One that was stored and is not here costs no more than that.
///
/// Values are kept as hashes of 64 bits over all there is to them. Two of one item are taken for
/// the same by mistake once in 3 * 10^17 times.
///
/// Not safe from several threads.
class RecentValues {
 public:
  static constexpr std::size_t kOfAnItem = 64;

  /// Cheapest where values of one item come one after the other.
  [[nodiscard]] bool Contains(const ItemValue& value) const;
  void Add(const ItemValue& value);

  /// Forgets those of all items for which `keep(itemid)` is false.
  template <typename Keep>
  void KeepItems(const Keep& keep) {
    last_ = nullptr;
    std::erase_if(items_, [&](const auto& item) { return !keep(item.first); });
  }

 private:
  struct OfItem {
    std::pair<std::int64_t, std::uint32_t> newest;  ///< clock and ns; what is newer is new
    std::vector<std::uint64_t> hashes;              ///< a ring, once it is full
    std::size_t next = 0;
  };

  std::unordered_map<std::uint64_t, OfItem> items_;
  mutable const std::pair<const std::uint64_t, OfItem>* last_ = nullptr;  ///< looked up
};

}  // namespace mon::data_aggregator
