#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/rows.h"

namespace mon::bench {

/// What history.get answers about the first `count` values of `rows`, whole rounds of all series,
/// which are written as JSON beforehand: an answer is made by copying stretches of it.
class History {
 public:
  History(const Rows& rows, std::size_t count);

  /// The reply for a run of neighbouring items and both ends of the time inclusive, by clock, at
  /// most `limit` values. Throws where one of the items is not there.
  [[nodiscard]] std::string Reply(std::uint64_t first_item, std::uint64_t last_item,
                                  std::int64_t from, std::int64_t till, std::size_t limit) const;

 private:
  Rows rows_;
  std::int64_t rounds_;
  std::string text_;                  ///< all values, a comma behind each
  std::vector<std::size_t> offsets_;  ///< of each value in `text_`, and its end
};

}  // namespace mon::bench
