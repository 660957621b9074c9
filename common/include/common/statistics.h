#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace mon {

/// The value in the middle, of an even number the upper one of the two. Needs one value, and leaves
/// them in another order.
template <typename T>
[[nodiscard]] T UpperMedian(std::vector<T>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// These are 0 where there is no value.
[[nodiscard]] double Mean(std::span<const double> values);
/// Of an even number the mean of the two in the middle.
[[nodiscard]] double Median(std::vector<double> values);
/// Standard deviation around the mean.
[[nodiscard]] double Deviation(std::span<const double> values);
/// 1.4826 x the median distance to the median: the standard deviation of normal values, and little
/// moved by outliers.
[[nodiscard]] double RobustDeviation(std::span<const double> values);

}  // namespace mon
