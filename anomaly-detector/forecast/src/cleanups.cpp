#include "cleanups.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/statistics.h"

namespace mon::forecast {
namespace {

constexpr std::size_t kReach = 4;  ///< values on each side of a drop that are compared

double MedianOf(std::span<const double> values) { return Median({values.begin(), values.end()}); }

/// Median of the values from `at` on less that of those before it. Needs values on both sides.
double Step(std::span<const double> values, std::size_t at) {
  const std::size_t before = std::min(kReach, at);
  return MedianOf(values.subspan(at, std::min(kReach, values.size() - at))) -
         MedianOf(values.subspan(at - before, before));
}

/// The usual distance between two drops; 0 where it is not regular. One that was not found leaves
/// a multiple of it.
double RegularDistance(std::span<const std::size_t> at) {
  constexpr double kOff = 0.1;      // of the distance
  constexpr double kRegular = 0.7;  // of the distances
  std::vector<double> distances;
  for (std::size_t i = 1; i < at.size(); ++i) {
    distances.push_back(static_cast<double>(at[i] - at[i - 1]));
  }
  const double usual = Median(distances);
  const auto is_regular = [&](double distance) {
    return std::abs(distance / usual - std::round(distance / usual)) < kOff;
  };
  const auto regular = static_cast<double>(std::ranges::count_if(distances, is_regular));
  return regular > kRegular * static_cast<double>(distances.size()) ? usual : 0;
}

}  // namespace

std::vector<double> Cleanups::Taken(std::size_t count) const {
  std::vector<double> taken(count);
  for (std::size_t i = 0; i < at.size(); ++i) taken[at[i]] += by[i];
  std::partial_sum(taken.begin(), taken.end(), taken.begin());
  return taken;
}

double Cleanups::ExpectedAfter(std::size_t steps, std::size_t count) const {
  constexpr std::size_t kFewest = 3;
  if (at.size() < kFewest) return 0;
  if (const double distance = RegularDistance(at); distance > 0) {
    const auto since_last = static_cast<double>(count - 1 + steps - at.back());
    return std::floor(since_last / distance) * Median(by);
  }
  const double all = std::accumulate(by.begin(), by.end(), 0.0);
  return all * static_cast<double>(steps) / static_cast<double>(count);
}

Cleanups FindCleanups(std::span<const double> values) {
  constexpr double kFar = 6;
  constexpr double kFarStep = 3;
  constexpr double kAlike = 0.2;
  constexpr double kLeast = 0.005;  // of the range: what stands still but for single ticks
  Cleanups found;
  if (values.size() < 2 * kReach) return found;
  std::vector<double> steps(values.size());
  std::vector<double> changes(values.size());
  for (std::size_t i = 1; i < values.size(); ++i) {
    steps[i] = Step(values, i);
    changes[i] = values[i] - values[i - 1];
  }
  const auto [least, most] = std::ranges::minmax(values);
  const double floor = kLeast * (most - least);
  const double far = std::max(kFar * RobustDeviation(steps), floor);
  const double far_step = kFarStep * RobustDeviation(changes);
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (steps[i] >= -far || changes[i] >= -far_step) continue;
    // Near a drop the medians differ at several values; the drop itself is the largest change.
    const std::size_t from = i - std::min(i, kReach);
    const std::size_t until = std::min(i + kReach + 1, values.size());
    if (changes[i] > *std::min_element(changes.begin() + static_cast<std::ptrdiff_t>(from),
                                       changes.begin() + static_cast<std::ptrdiff_t>(until))) {
      continue;
    }
    found.at.push_back(i);
    found.by.push_back(-steps[i]);
  }
  // Alike as they are measured they are equal: what is left of the differences is noise, which
  // would add up.
  const double usual = Median(found.by);
  if (RobustDeviation(found.by) < kAlike * usual) std::ranges::fill(found.by, usual);
  return found;
}

}  // namespace mon::forecast
