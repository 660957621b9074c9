#include "detector/clock.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mon::detector {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr double kHole = 10;  // usual spacings
constexpr std::int64_t kMostTime = 1'000'000'000'000'000;

/// So that sums of squares stay within a double.
double Bounded(double value) {
  constexpr double kMost = 1e150;
  return std::isfinite(value) ? std::clamp(value, -kMost, kMost) : kGap;
}

}  // namespace

Tick Clock::Next(std::int64_t time, double value) {
  Tick tick{.time = std::clamp(time, -kMostTime, kMostTime)};
  Advance(tick);
  tick.value = Bounded(value);
  if (std::isnan(tick.value)) return tick;
  const double seen = tick.value;
  ++values_;
  if (values_ > 1) Decide(seen, tick);
  if (kind_ == Kind::kCounter) TakeRate(seen, tick);
  last_ = seen;
  last_time_ = time_;
  return tick;
}

void Clock::Advance(Tick& tick) {
  if (rows_++ == 0) time_ = tick.time;
  const auto seconds = static_cast<double>(std::max<std::int64_t>(tick.time - time_, 0));
  time_ = std::max(time_, tick.time);
  if (seconds > 0) {
    tick.after_hole = spacing_ > 0 && seconds > kHole * spacing_;
    ++spacings_;
    const double weight = std::max(0.02, 1 / static_cast<double>(spacings_));
    const double taken = spacing_ == 0 ? seconds : std::min(seconds, 4 * spacing_);
    spacing_ += weight * (taken - spacing_);
  }
  tick.seconds = seconds;
  tick.spacing = Spacing();
}

void Clock::Decide(double value, Tick& tick) {
  constexpr std::int64_t kTrial = 60;  // values
  constexpr double kForgotten = 0.98;  // a fall, per value
  constexpr double kTooMany = 2.5;
  const bool fell = value < last_;
  if (value > last_) ++rises_;
  falls_ += fell ? 1 : 0;
  if (kind_ == Kind::kUnsure && (fell || values_ >= kTrial)) {
    kind_ = !fell && 5 * rises_ >= 4 * kTrial ? Kind::kCounter : Kind::kGauge;
    tick.restart = kind_ == Kind::kCounter;
  } else if (kind_ == Kind::kCounter) {
    if (falls_ > kTooMany) {
      kind_ = Kind::kGauge;
      tick.restart = true;
    }
    falls_ *= kForgotten;
  }
}

void Clock::TakeRate(double value, Tick& tick) {
  const auto seconds = static_cast<double>(time_ - last_time_);
  const bool known = value >= last_ && seconds > 0;
  tick.value = known ? (value - last_) / seconds : kGap;
}

}  // namespace mon::detector
