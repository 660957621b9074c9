#include "detector/calibrator.h"

#include <algorithm>
#include <cmath>

#include "detector/alert_machine.h"

namespace mon::detector {
namespace {

constexpr double kPerDoubling = 4;
constexpr double kLowest = 1.0 / 64;  // strength at which the levels begin
constexpr double kTail = 3;           // peaks a month above s, of a healthy metric: s^-kTail
constexpr double kBelief = 0.1;       // months of history that the usual tail weighs as much as
constexpr double kMemory = 3;         // months; then what was seen counts half

std::size_t LevelOf(double strength, std::size_t levels) {
  const double level = kPerDoubling * std::log2(strength / kLowest);
  return static_cast<std::size_t>(std::clamp(level, 0.0, static_cast<double>(levels - 1)));
}

double StrengthOf(std::size_t level) {
  return kLowest * std::exp2(static_cast<double>(level) / kPerDoubling);
}

}  // namespace

void Calibrator::Observe(double strength, double seconds, double spacing) {
  months_ += metrics_ * seconds / kMonth;
  // As the alert machine does, so that peaks are alerts.
  if (recent_ > 0) recent_ *= std::exp(-seconds / AlertMachine::Memory(spacing));
  if (strength > AlertMachine::kMore * recent_ && strength >= kLowest) {
    peaks_[LevelOf(strength, kLevels)] += 1;
  }
  recent_ = std::max(recent_, strength);
  if (months_ > metrics_ * kMemory) Fade();
}

void Calibrator::Fade() {
  months_ /= 2;
  accepted_ /= 2;
  for (double& peaks : peaks_) peaks /= 2;
}

double Calibrator::Rate(double peaks, double strength) const {
  return (peaks + kBelief * std::pow(strength, -kTail)) / (months_ + kBelief);
}

double Calibrator::Limit(double alerts_per_month) const {
  const double wanted = std::pow(alerts_per_month, -1 / kTail);
  double limit = std::min(wanted, 1.0);
  if (alerts_per_month <= 1) {
    limit = wanted;
  } else {
    double above = 0;
    for (std::size_t level = kLevels; level-- > 0;) {
      above += peaks_[level];
      limit = StrengthOf(level);
      if (Rate(above, limit) >= alerts_per_month) break;
    }
    limit = std::min(limit, 1.0);
  }
  return std::max(limit, accepted_);
}

double Calibrator::PerMonth(double strength) const {
  if (strength <= kLowest) return Rate(0, kLowest);
  double above = 0;
  for (std::size_t level = LevelOf(strength, kLevels); level < kLevels; ++level) {
    above += peaks_[level];
  }
  return Rate(above, strength);
}

void Calibrator::Accept(double strength) {
  constexpr double kLittleMore = 1.2;
  accepted_ = std::max(accepted_, kLittleMore * strength);
}

}  // namespace mon::detector
