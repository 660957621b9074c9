#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "detector/level.h"

namespace mon::detector {

/// What is usual at this time of the day: a level for each half hour (each hour, where rows are
/// further apart), beside one level for all times to compare with.
class Season {
 public:
  static constexpr std::size_t kBins = 48;

  struct Reading {
    bool known = false;      ///< there is a level for this time of the day
    double center = 0;       ///< of it
    double off = 0;          ///< |value - center|
    double spread = 0;       ///< usual distance from it
    bool in_charge = false;  ///< the time of day says more than the overall level does
    double surprise = 0;     ///< usual distances from the nearest of this and the two bins beside
  };

  /// `spacing`: usual seconds between rows. `deviation`, `floor`: of the long run. What the reading
  /// says is from before `value`.
  Reading Next(std::int64_t time, double value, double spacing, double deviation, double floor);

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(bins_, overall_, first_time_, bin_seconds_, compared_, season_error_, level_error_,
            pooled_);
  }

 private:
  [[nodiscard]] std::size_t BinOf(std::int64_t time) const;
  [[nodiscard]] double Surprise(std::size_t bin, double value, double floor) const;
  void Compare(double season_error, double level_error, double deviation);

  std::array<Level, kBins> bins_;
  Level overall_;
  std::int64_t first_time_ = 0;
  std::int64_t bin_seconds_ = 0;  ///< 0 before the first row
  std::int64_t compared_ = 0;
  double season_error_ = 0;  ///< mean distance from the bins' levels
  double level_error_ = 0;   ///< mean distance from the overall level
  double pooled_ = 0;        ///< usual distance, of all bins together
};

}  // namespace mon::detector
