#include "detector/level.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mon::detector {

void Level::Add(double value, double floor, const Pace& pace) {
  ++count_;
  if (count_ == 1) {
    center_ = value;
    return;
  }
  const auto count = static_cast<double>(count_);
  const double off = value - center_;
  if (count_ <= kExact) {
    center_ += off / count;
    spread_ += (std::abs(off) - spread_) / count;
    return;
  }
  const double usual = spread_ + floor;
  const double clipped = std::clamp(off, -pace.clip * usual, pace.clip * usual);
  center_ += std::max(pace.center, 1 / count) * clipped;
  const double reached = std::min(std::abs(off), 2 * pace.clip * usual);
  spread_ += std::max(pace.spread, 1 / count) * (reached - spread_);
}

double Level::Distance(double value, double floor) const {
  if (count_ == 0) return 0;
  return std::abs(value - center_) / (spread_ + floor);
}

void LongRun::Add(double value) {
  constexpr std::int64_t kMemory = 50'000;  // values; by then the first ones have faded
  count_ = std::min(count_ + 1, kMemory);
  const double weight = 1 / static_cast<double>(count_);
  const double off = value - mean_;
  mean_ += weight * off;
  variance_ = (1 - weight) * (variance_ + weight * off * off);
}

double LongRun::Deviation() const { return std::sqrt(variance_); }

double LongRun::Floor() const {
  constexpr double kShare = 1e-4;
  return kShare * std::sqrt(mean_ * mean_ + variance_) + std::numeric_limits<double>::min();
}

}  // namespace mon::detector
