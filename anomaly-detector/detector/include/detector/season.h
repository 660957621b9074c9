#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "detector/level.h"

namespace mon::detector {

/// What a season says of a value.
struct SeasonReading {
  bool known = false;      ///< there is a level for this time of the day, or week
  double center = 0;       ///< of it
  double off = 0;          ///< |value - center|
  double spread = 0;       ///< usual distance from it
  bool in_charge = false;  ///< the time says more than the overall level does
  double surprise = 0;     ///< usual distances from the nearest of this and the two bins beside
};

/// What is usual at this time of the day, or of the week: a level for each half hour of a day (each
/// hour, where rows are further apart), or each hour of a week, beside one level for all times to
/// compare with. `kDays`: 1 or 7.
template <std::int64_t kDays>
class Season {
 public:
  static constexpr std::size_t kBins = kDays == 1 ? 48 : kDays * 24;

  /// `spacing`: usual seconds between rows. `deviation`, `floor`: of the long run. The profile of
  /// the reading is from before `value`.
  SeasonReading Next(std::int64_t time, double value, double spacing, double deviation,
                     double floor);

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

using DailySeason = Season<1>;
using WeeklySeason = Season<7>;
extern template class Season<1>;
extern template class Season<7>;

}  // namespace mon::detector
