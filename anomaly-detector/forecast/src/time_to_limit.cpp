#include "forecast/time_to_limit.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "cleanups.h"
#include "common/statistics.h"
#include "gaps.h"
#include "trend_fit.h"

namespace mon::forecast {
namespace {

constexpr std::size_t kFewestBlocks = 3;

/// By how much the errors of neighbours being alike makes a variance larger: (1 + r) / (1 - r) for
/// an autocorrelation of r from one to the next (Bartlett, 1935), a day's worth at most.
double Inflation(std::span<const double> residuals) {
  double together = 0;
  double squares = 0;
  for (std::size_t i = 1; i < residuals.size(); ++i) {
    together += residuals[i] * residuals[i - 1];
    squares += residuals[i] * residuals[i];
  }
  const double alike = squares > 0 ? std::clamp(together / squares, 0.0, 0.999) : 0;
  return std::min((1 + alike) / (1 - alike), static_cast<double>(kBlocksPerDay));
}

/// How far off the path may be.
class Uncertainty {
 public:
  Uncertainty(std::span<const double> past, const Fit& fit) : fit_(fit) {
    const double deviation = Deviation(fit.residuals);
    fit_variance_ = deviation * deviation * Inflation(fit.residuals);
    std::vector<double> changes(past.size());
    for (std::size_t i = 1; i < past.size(); ++i) changes[i] = past[i] - past[i - 1];
    const double change = RobustDeviation(changes);
    value_variance_ = deviation * deviation + change * change / 2;
  }

  /// Half of the 95 % interval where the path has risen by `growth`: single values scatter, the
  /// fit errs, and no growth keeps its rate.
  [[nodiscard]] double HalfWidth(const Row& row, double growth) const {
    constexpr double kWidth = 1.96;
    constexpr double kRate = 0.08;  // of the rate, as it turned out
    const double rate = kRate * growth;
    return kWidth *
           std::sqrt(value_variance_ + fit_variance_ * fit_.solution.Leverage(row) + rate * rate);
  }

 private:
  const Fit& fit_;
  double fit_variance_ = 0;
  double value_variance_ = 0;
};

/// The way that the values take behind the last one.
class Path {
 public:
  Path(std::span<const double> past, std::size_t steps_per_day)
      : count_(past.size()),
        steps_per_day_(static_cast<double>(steps_per_day)),
        days_(static_cast<double>(count_) / steps_per_day_),
        cleanups_(FindCleanups(past)),
        taken_(cleanups_.Taken(count_)),
        columns_(days_, !cleanups_.at.empty()),
        blocks_(MakeBlocks(past, taken_, columns_, steps_per_day)) {
    if (blocks_.rows.size() < kFewestBlocks) return;
    fit_ = BestFit(blocks_, columns_, days_);
    uncertainty_.emplace(past, *fit_);
    now_ = Expected(0);
  }

  Path(const Path&) = delete;  // its uncertainty looks at its fit
  Path& operator=(const Path&) = delete;

  [[nodiscard]] bool IsKnown() const { return fit_.has_value(); }

  /// Sets the row that HalfWidth is for. Needs IsKnown().
  double Expected(std::size_t step) {
    const double day = static_cast<double>(count_ - 1 + step) / steps_per_day_;
    columns_.Fill(row_, day, taken_.back() + cleanups_.ExpectedAfter(step, count_));
    columns_.Bend(row_, day, fit_->trend);
    return fit_->solution.At(row_);
  }

  /// Half of the 95 % interval around what was expected last.
  [[nodiscard]] double HalfWidth(double expected) const {
    return uncertainty_->HalfWidth(row_, expected - now_);
  }

 private:
  std::size_t count_;
  double steps_per_day_;
  double days_;
  Cleanups cleanups_;
  std::vector<double> taken_;
  Columns columns_;
  Blocks blocks_;
  std::optional<Fit> fit_;
  std::optional<Uncertainty> uncertainty_;
  Row row_;
  double now_ = 0;
};

}  // namespace

Result<TimeToLimit> ForecastTimeToLimit(std::span<const double> values, double limit,
                                        const LimitOptions& options) {
  std::vector<double> past = FillGaps(values, 1);
  if (past.empty()) return Fail(ErrorCode::kInvalidData, "no value to forecast from");
  if (past.back() >= limit) return TimeToLimit{.expected = 0, .earliest = 0, .latest = 0};
  // No square of a value within -1 and 1 is too large for a number.
  double scale = std::abs(limit);
  for (const double value : past) scale = std::max(scale, std::abs(value));
  for (double& value : past) value /= scale;
  limit /= scale;

  TimeToLimit found;
  Path path(past, options.steps_per_day);
  const std::size_t horizon = options.horizon_days * options.steps_per_day;
  for (std::size_t step = 1; path.IsKnown() && step <= horizon && !found.latest; ++step) {
    const double expected = path.Expected(step);
    const double half = path.HalfWidth(expected);
    if (!found.earliest && expected + half >= limit) found.earliest = step;
    if (!found.expected && expected >= limit) found.expected = step;
    if (expected - half >= limit) found.latest = step;
  }
  return found;
}

}  // namespace mon::forecast
