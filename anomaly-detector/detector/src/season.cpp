#include "detector/season.h"

#include <algorithm>
#include <cmath>

namespace mon::detector {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kKnown = 3;  // values in a bin

constexpr Level::Pace kOverallPace{.center = 0.0005, .spread = 0.0005, .clip = 4};

/// A bin is to remember two weeks, however often it is visited; ten values at least.
Level::Pace BinPace(double spacing, double bin_seconds, double days) {
  constexpr double kDaysKept = 14;
  const double weight = std::min(days * spacing / (kDaysKept * bin_seconds), 0.1);
  return {.center = weight, .spread = weight, .clip = 4};
}

}  // namespace

template <std::int64_t kDays>
SeasonReading Season<kDays>::Next(std::int64_t time, double value, double spacing, double deviation,
                                  double floor) {
  if (overall_.Count() == 0) first_time_ = time;
  if (overall_.Count() <= 1) {  // the first spacing is known at the second row
    bin_seconds_ = kDays == 1 && spacing <= kHour / 2 ? kHour / 2 : kHour;
  }
  const std::size_t bin = BinOf(time);
  Level& level = bins_[bin];
  SeasonReading reading{.known = level.Count() >= kKnown,
                        .center = level.Center(),
                        .off = std::abs(value - level.Center()),
                        .spread = level.Spread()};
  const double least = 0.02 * deviation + floor;
  if (reading.known) {
    const double weight = std::max(0.002, 1 / static_cast<double>(compared_ + 1));
    pooled_ += weight * (std::min(reading.off, 6 * (pooled_ + 0.05 * deviation)) - pooled_);
    reading.surprise = Surprise(bin, value, least + pooled_);
    Compare(reading.off, std::abs(value - overall_.Center()), deviation);
  }
  constexpr std::int64_t kNeeded = 3 * kDays * kDay;
  reading.in_charge = reading.known && compared_ > 50 && time - first_time_ >= kNeeded &&
                      level_error_ > 1.5 * (season_error_ + floor);
  overall_.Add(value, 0.1 * deviation + floor, kOverallPace);
  level.Add(value, least + pooled_, BinPace(spacing, static_cast<double>(bin_seconds_), kDays));
  return reading;
}

template <std::int64_t kDays>
std::size_t Season<kDays>::BinOf(std::int64_t time) const {
  constexpr std::int64_t kPeriod = kDays * kDay;
  return static_cast<std::size_t>((time % kPeriod + kPeriod) % kPeriod / bin_seconds_);
}

template <std::int64_t kDays>
double Season<kDays>::Surprise(std::size_t bin, double value, double floor) const {
  const auto bins = static_cast<std::size_t>(kDays * kDay / bin_seconds_);
  double least = bins_[bin].Distance(value, floor);
  for (const std::size_t beside : {(bin + bins - 1) % bins, (bin + 1) % bins}) {
    if (bins_[beside].Count() >= kKnown) {
      least = std::min(least, bins_[beside].Distance(value, floor));
    }
  }
  return least;
}

template <std::int64_t kDays>
void Season<kDays>::Compare(double season_error, double level_error, double deviation) {
  ++compared_;
  const double weight = std::max(0.001, 1 / static_cast<double>(compared_));
  season_error_ += weight * (std::min(season_error, 3 * deviation) - season_error_);
  level_error_ += weight * (std::min(level_error, 3 * deviation) - level_error_);
}

template class Season<1>;
template class Season<7>;

}  // namespace mon::detector
