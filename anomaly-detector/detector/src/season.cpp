#include "detector/season.h"

#include <algorithm>
#include <cmath>

namespace mon::detector {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kHalfHour = 1'800;
constexpr std::int64_t kKnown = 3;  // values in a bin

constexpr Level::Pace kOverallPace{.center = 0.0005, .spread = 0.0005, .clip = 4};

/// A bin is to remember a month, however often it is visited.
Level::Pace BinPace(double spacing, std::int64_t bin_seconds) {
  constexpr double kDaysKept = 14;
  const double weight = std::min(spacing / (kDaysKept * static_cast<double>(bin_seconds)), 0.1);
  return {.center = weight, .spread = weight, .clip = 4};
}

}  // namespace

Season::Reading Season::Next(std::int64_t time, double value, double spacing, double deviation,
                             double floor) {
  if (overall_.Count() == 0) first_time_ = time;
  // The first spacing is known at the second row.
  if (overall_.Count() <= 1) bin_seconds_ = spacing > kHalfHour ? 2 * kHalfHour : kHalfHour;
  const std::size_t bin = BinOf(time);
  Level& level = bins_[bin];
  Reading reading{.known = level.Count() >= kKnown,
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
  constexpr std::int64_t kDaysNeeded = 3;
  reading.in_charge = reading.known && compared_ > 50 && time - first_time_ >= kDaysNeeded * kDay &&
                      level_error_ > 1.5 * (season_error_ + floor);
  overall_.Add(value, 0.1 * deviation + floor, kOverallPace);
  level.Add(value, least + pooled_, BinPace(spacing, bin_seconds_));
  return reading;
}

std::size_t Season::BinOf(std::int64_t time) const {
  const std::int64_t of_day = (time % kDay + kDay) % kDay;
  return static_cast<std::size_t>(of_day / bin_seconds_);
}

double Season::Surprise(std::size_t bin, double value, double floor) const {
  const auto bins = static_cast<std::size_t>(kDay / bin_seconds_);
  double least = bins_[bin].Distance(value, floor);
  for (const std::size_t beside : {(bin + bins - 1) % bins, (bin + 1) % bins}) {
    if (bins_[beside].Count() >= kKnown) {
      least = std::min(least, bins_[beside].Distance(value, floor));
    }
  }
  return least;
}

void Season::Compare(double season_error, double level_error, double deviation) {
  ++compared_;
  const double weight = std::max(0.001, 1 / static_cast<double>(compared_));
  season_error_ += weight * (std::min(season_error, 3 * deviation) - season_error_);
  level_error_ += weight * (std::min(level_error, 3 * deviation) - level_error_);
}

}  // namespace mon::detector
