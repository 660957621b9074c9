#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/sample.h"

namespace mon::bench {

/// Rows as they come in use: a round of all series, ten seconds later the next. A new generation
/// has the same keys and other values.
struct Rows {
  std::size_t series = 1000;
  std::int64_t from = 0;  ///< s, of the first round
  std::size_t generation = 0;
  std::size_t first = 0;  ///< number of the first series

  [[nodiscard]] ApplicationSample Sample(std::size_t i) const;
  [[nodiscard]] ItemValue Value(std::size_t i) const;
};

/// "app-17", and the item of the same number.
[[nodiscard]] std::string ApplicationName(std::size_t series);
[[nodiscard]] std::uint64_t ItemId(std::size_t series);

inline constexpr std::int64_t kSpacing = 10;  // s

}  // namespace mon::bench
