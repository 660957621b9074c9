#include "detector/scorers.h"

#include <algorithm>
#include <cmath>

namespace mon::detector {
namespace {

constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;

constexpr Level::Pace kStepPace{.center = 0, .spread = 0.005, .clip = 3};
constexpr Level::Pace kLocalPace{.center = 0.02, .spread = 0.005, .clip = 3};
constexpr Level::Pace kHourPace{.center = 0.01, .spread = 0.005, .clip = 3};

// In ten days so many may show more than what is called usual for a scorer.
constexpr double kRangeRank = 0.2;
constexpr double kLevelRank = 0.4;
constexpr double kSeasonRank = 0.2;
constexpr double kJumpRank = 0;
constexpr double kAboveUsual = 1.55;
constexpr double kJumpAboveUsual = 2.5;
constexpr double kFirst = 20;  // values that are odd beside nothing: no habit of the metric

// The least that is odd. Widths of the range, of its part; usual distances for each unit of ln(rows
// a month).
constexpr double kRangeLeast = 0.07;
constexpr double kGapLeast = 0.7;
constexpr double kLevelLeast = 0.97;
constexpr double kSeasonLeast = 0.4;
constexpr double kJumpLeast = 0.8;

double Limit(double least, const BlockMaxima& habit) {
  return std::max(least, kAboveUsual * habit.Ranked());
}

}  // namespace

/// What a row is measured by.
struct Scorers::Scale {
  double deviation;   ///< of the long run
  double floor;       ///< the least difference
  double day_rows;    ///< rows in a day
  double range_rows;  ///< rows that the range remembers
  double log_rows;    ///< ln(rows in a month)
  double values;      ///< seen, this one too

  /// A range of few values is soon left: the fewer, the further. 1 and up.
  [[nodiscard]] double Young() const {
    const double known = std::max(1200.0, 4 * day_rows);  // values
    return std::max(1.0, std::pow(known / values, 0.8));
  }
};

double MovingMean::Add(double value) {
  if (count_ < kValues) {
    ++count_;
  } else {
    sum_ -= values_[next_];
  }
  values_[next_] = value;
  sum_ += value;
  next_ = (next_ + 1) % kValues;
  if (next_ == 0) {  // begin anew, so that rounding errors do not add up
    sum_ = 0;
    for (std::size_t i = 0; i < count_; ++i) sum_ += values_[i];
  }
  return sum_ / static_cast<double>(count_);
}

void MovingMean::Clear() { *this = MovingMean(); }

bool Scorers::Learning(double spacing) const {
  const double day = std::min(kDay / spacing, 300.0);
  return static_cast<double>(long_run_.Count()) <= std::max(day, 30.0);
}

Scorers::Reading Scorers::Next(const Tick& tick) {
  const double value = tick.value;
  const bool first = long_run_.Count() == 0;
  long_run_.Add(value);
  const Scale scale{.deviation = long_run_.Deviation(),
                    .floor = long_run_.Floor(),
                    .day_rows = kDay / tick.spacing,
                    .range_rows = 14 * kDay / tick.spacing,
                    .log_rows = std::log(std::max(30 * kDay / tick.spacing, 2.0)),
                    .values = static_cast<double>(long_run_.Count())};
  if (tick.after_hole) mean_.Clear();

  Reading reading;
  Consider(reading.finding, FromRange(Reason::kRange, range_, range_habit_, value, scale));
  Consider(reading.finding, FromGap(value, scale));
  const double mean = mean_.Add(value);
  if (mean_.Full()) {
    Consider(reading.finding, FromRange(Reason::kMean, mean_range_, mean_habit_, mean, scale));
  }
  const double weight = 1 / std::min(scale.values, std::max(1.0, kHour / tick.spacing));
  hour_ += weight * (value - hour_);
  Consider(reading.finding, FromLevel(hour_, scale));
  const SeasonReading season =
      season_.Next(tick.time, value, tick.spacing, scale.deviation, scale.floor);
  Consider(reading.finding, FromSeason(Reason::kSeason, season_habit_, season, value, scale));
  const SeasonReading week =
      week_.Next(tick.time, value, tick.spacing, scale.deviation, scale.floor);
  Consider(reading.finding, FromSeason(Reason::kWeek, week_habit_, week, value, scale));

  const double step = first || tick.after_hole ? 0 : value - last_;
  Consider(reading.finding, FromJump(step, value, scale));
  const double step_size = step_.Distance(step, scale.deviation + scale.floor);
  step_.Add(step, scale.deviation + scale.floor, kStepPace);
  last_ = value;
  const double local_floor = 0.02 * scale.deviation + scale.floor;
  reading.oddness = local_.Distance(value, local_floor) + 0.5 * step_size;
  local_.Add(value, local_floor, kLocalPace);

  reading.value = value;
  reading.mean = mean;
  reading.hour = hour_;
  reading.center = season.known ? season.center : hour_level_.Center();
  reading.spread = season.known ? season.spread : hour_level_.Spread();
  reading.deviation = step_size;
  reading.blame = step_size;
  if (season.known) {
    constexpr double kMostBlame = 12;
    const double own = season.spread + 0.02 * scale.deviation + scale.floor;
    reading.deviation += season.off / (season.spread + scale.deviation + scale.floor);
    reading.blame += std::min(season.off / own, kMostBlame);
  }
  return reading;
}

void Scorers::Consider(Finding& best, const Finding& finding) const {
  if (finding.strength > best.strength) best = finding;
}

Finding Scorers::FromRange(Reason reason, RecentRange& range, BlockMaxima& habit, double value,
                           const Scale& scale) {
  const double limit = Limit(kRangeLeast * scale.Young(), habit);
  const double excess = range.Excess(value, scale.floor);
  Finding finding{.reason = reason, .strength = excess / limit, .seen = value};
  if (excess > 0) {
    finding.low = range.Low();
    finding.high = range.High();
    finding.room = limit * std::max(range.High() - range.Low(), scale.floor);
  }
  range.Add(value, scale.range_rows);
  if (scale.values > kFirst) habit.Add(excess, scale.day_rows, kRangeRank);
  return finding;
}

/// One outlier widens the range for two weeks, and what comes after hides behind it. So where a
/// value lies in a gap of the range, it is the part of it on the gap's side where the metric
/// lives that the value is outside of.
Finding Scorers::FromGap(double value, const Scale& scale) {
  constexpr double kNarrowest = 0.1;  // of the whole range: what a part of it is wide at least
  const Visited::Gap gap = visited_.Around(value);
  visited_.Add(value, scale.range_rows);
  const double limit = Limit(kGapLeast * scale.Young(), gap_habit_);
  Finding finding{.reason = Reason::kGap, .seen = value};
  double distance = 0;
  if (gap.size > 0) {
    const bool lives_below = local_.Center() < value;
    finding.low = lives_below ? gap.lowest : gap.above;
    finding.high = lives_below ? gap.below : gap.highest;
    const double whole = std::max(gap.highest - gap.lowest, scale.floor);
    const double width = std::max(finding.high - finding.low, kNarrowest * whole);
    distance = gap.size / width;
    finding.room = limit * width;
  }
  finding.strength = distance / limit;
  if (scale.values > kFirst) gap_habit_.Add(distance, scale.day_rows, kRangeRank);
  return finding;
}

Finding Scorers::FromLevel(double value, const Scale& scale) {
  const double floor = 0.1 * scale.deviation + scale.floor;
  const double limit = Limit(kLevelLeast * scale.log_rows, hour_habit_);
  const double distance = hour_level_.Distance(value, floor);
  const Finding finding{.reason = Reason::kLevel,
                        .strength = distance / limit,
                        .seen = value,
                        .low = hour_level_.Center(),
                        .high = hour_level_.Center(),
                        .room = limit * (hour_level_.Spread() + floor)};
  if (scale.values > kFirst) hour_habit_.Add(distance, scale.day_rows, kLevelRank);
  hour_level_.Add(value, floor, kHourPace);
  return finding;
}

Finding Scorers::FromSeason(Reason reason, BlockMaxima& habit, const SeasonReading& season,
                            double value, const Scale& scale) {
  const double surprise = season.in_charge ? season.surprise : 0;
  const double limit = Limit(kSeasonLeast * scale.log_rows, habit);
  Finding finding{.reason = reason, .strength = surprise / limit, .seen = value};
  if (surprise > 0) {
    finding.low = finding.high = season.center;
    finding.room = limit * season.off / surprise;
  }
  if (scale.values > kFirst) habit.Add(surprise, scale.day_rows, kSeasonRank);
  return finding;
}

Finding Scorers::FromJump(double step, double value, const Scale& scale) {
  const double floor = 0.1 * scale.deviation + scale.floor;
  const double limit =
      std::max(kJumpLeast * scale.log_rows, kJumpAboveUsual * jump_habit_.Ranked());
  const double distance = step_.Distance(step, floor);
  const Finding finding{.reason = Reason::kJump,
                        .strength = distance / limit,
                        .seen = value,
                        .low = last_ + step_.Center(),
                        .high = last_ + step_.Center(),
                        .room = limit * (step_.Spread() + floor)};
  if (scale.values > kFirst) jump_habit_.Add(distance, scale.day_rows, kJumpRank);
  return finding;
}

}  // namespace mon::detector
