#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mon::forecast {

/// Lengths of the rhythms of a series, in values.
struct Seasons {
  std::size_t day = 1;   ///< 1: none
  std::size_t week = 0;  ///< seven days; 0: none

  /// The longest.
  [[nodiscard]] std::size_t Longest() const { return week > 0 ? week : day; }
};

/// What a series adds at each hour of the day, each day of the week and each hour of the week
/// to a level that moves slowly. `At(i)` goes on behind the series.
class SeasonalProfile {
 public:
  SeasonalProfile(std::span<const double> values, const Seasons& seasons);

  [[nodiscard]] double At(std::size_t index) const;

 private:
  Seasons seasons_;
  std::vector<double> day_;      ///< seasons.day values; empty where there is no rhythm
  std::vector<double> weekday_;  ///< 7 values; empty without two weeks of history
  std::vector<double> week_;     ///< seasons.week values, likewise
};

}  // namespace mon::forecast
