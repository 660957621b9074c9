#include "common/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace mon {

double Mean(std::span<const double> values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const double upper = UpperMedian(values);
  if (values.size() % 2 == 1) return upper;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  return (upper + *std::max_element(values.begin(), middle)) / 2;
}

double Deviation(std::span<const double> values) {
  if (values.empty()) return 0;
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

double RobustDeviation(std::span<const double> values) {
  constexpr double kNormal = 1.4826;
  std::vector<double> distances(values.begin(), values.end());
  const double median = Median(distances);
  for (double& value : distances) value = std::abs(value - median);
  return kNormal * Median(std::move(distances));
}

}  // namespace mon
