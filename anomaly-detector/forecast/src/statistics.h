#pragma once

#include <span>
#include <vector>

namespace mon::forecast {

/// All of these are 0 for an empty span.
[[nodiscard]] double Mean(std::span<const double> values);
[[nodiscard]] double Median(std::vector<double> values);
/// Standard deviation around the mean.
[[nodiscard]] double Deviation(std::span<const double> values);
/// 1.4826 x the median distance to the median: the standard deviation of normal values, and little
/// moved by outliers.
[[nodiscard]] double RobustDeviation(std::span<const double> values);

}  // namespace mon::forecast
