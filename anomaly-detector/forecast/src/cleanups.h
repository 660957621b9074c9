#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mon::forecast {

/// Sudden drops of a series: logs that are rotated, caches that are emptied.
struct Cleanups {
  std::vector<std::size_t> at;  ///< the first value behind each drop, ascending
  std::vector<double> by;       ///< what each took away, above 0

  /// What is gone at each of `count` values in all.
  [[nodiscard]] std::vector<double> Taken(std::size_t count) const;

  /// What will have gone in addition `steps` behind the last of `count` values, if they go on as
  /// they came: at their usual distance where that is regular, else evenly. 0 for fewer than three.
  [[nodiscard]] double ExpectedAfter(std::size_t steps, std::size_t count) const;
};

/// A drop is larger than what the values otherwise do within four steps, by far.
[[nodiscard]] Cleanups FindCleanups(std::span<const double> values);

}  // namespace mon::forecast
