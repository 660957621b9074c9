#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "detector/block_maxima.h"
#include "detector/clock.h"
#include "detector/level.h"
#include "detector/season.h"
#include "detector/visited.h"

namespace mon::detector {

/// Which view of a metric found a value odd.
enum class Reason : std::uint8_t {
  kNone,
  kRange,   ///< the value is outside what the last two weeks held
  kGap,     ///< within it, but far from all values that came
  kMean,    ///< the mean of the last values is outside what the last two weeks held
  kLevel,   ///< the last hour is far from the usual level
  kSeason,  ///< far from what is usual at this time of the day
  kWeek,    ///< the same of the week
  kJump,    ///< further from the value before than values are that follow each other
};

/// What one scorer makes of a value.
struct Finding {
  Reason reason = Reason::kNone;
  double strength = 0;  ///< 1: about once a month in a healthy metric; see Calibrator
  double seen = 0;      ///< the value, or the mean that was judged
  double low = 0;       ///< what is usual
  double high = 0;
  double room = 0;  ///< and how far beyond it strength 1 is
};

/// Mean of the last values.
class MovingMean {
 public:
  static constexpr std::size_t kValues = 20;

  double Add(double value);
  [[nodiscard]] bool Full() const { return count_ >= kValues; }
  void Clear();

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(values_, count_, next_, sum_);
  }

 private:
  std::array<double, kValues> values_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  double sum_ = 0;
};

/// The second stage: forecasts of one metric and how far it is from them.
///
/// Each scorer measures in a unit of its own (widths of the range, usual distances) and becomes a
/// strength by what is usual for it: the larger of a fixed least, which grows with the logarithm of
/// the rows in a month as the largest of so many does, and of 1.55 times what it shows on two
/// (four, where levels are concerned) in ten days. A jump must be 2.5 times the highest of late.
/// The strongest one is the finding.
class Scorers {
 public:
  struct Reading {
    Finding finding;
    double oddness = 0;    ///< how unusual the value is now, begun or going on: 0 and up
    double deviation = 0;  ///< from the level of the hour and from the value before, in standard
                           ///< deviations: what is averaged over the metrics of a row
    double blame = 0;      ///< the same on this metric's own scale: what ranks the metrics of a row
    double value = 0;      ///< of the tick; a counter's rate
    double mean = 0;       ///< of the last values
    double hour = 0;       ///< of the last hour
    double center = 0;     ///< level of the hour
    double spread = 0;     ///< usual distance from it
  };

  /// `tick.value` must not be NaN.
  Reading Next(const Tick& tick);

  /// Too few values so far: what is odd cannot be told. A day, at most 300 values, at least 30.
  [[nodiscard]] bool Learning(double spacing) const;

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(long_run_, range_, mean_, mean_range_, step_, local_, hour_, hour_level_, season_,
            range_habit_, mean_habit_, hour_habit_, season_habit_, last_, week_, week_habit_,
            jump_habit_, visited_, gap_habit_);
  }

 private:
  struct Scale;
  void Consider(Finding& best, const Finding& finding) const;
  Finding FromRange(Reason reason, RecentRange& range, BlockMaxima& habit, double value,
                    const Scale& scale);
  Finding FromGap(double value, const Scale& scale);
  Finding FromLevel(double value, const Scale& scale);
  Finding FromSeason(Reason reason, BlockMaxima& habit, const SeasonReading& season, double value,
                     const Scale& scale);
  Finding FromJump(double step, double value, const Scale& scale);

  LongRun long_run_;
  RecentRange range_;
  Visited visited_;
  MovingMean mean_;
  RecentRange mean_range_;
  Level step_;   ///< of differences between neighbours
  Level local_;  ///< of the values, quick
  double hour_ = 0;
  Level hour_level_;  ///< of the mean of the last hour, slow
  DailySeason season_;
  WeeklySeason week_;
  BlockMaxima range_habit_;
  BlockMaxima gap_habit_;
  BlockMaxima mean_habit_;
  BlockMaxima hour_habit_;
  BlockMaxima season_habit_;
  BlockMaxima week_habit_;
  BlockMaxima jump_habit_;
  double last_ = 0;
};

}  // namespace mon::detector
