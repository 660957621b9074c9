#include "forecast/time_to_limit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "cleanups.h"
#include "common/statistics.h"
#include "gaps.h"
#include "least_squares.h"

namespace mon::forecast {
namespace {

constexpr std::size_t kBlocksPerDay = 24;
constexpr std::size_t kFewestBlocks = 3;

enum class Shape { kStraight, kBent, kKinked };

/// A trend. `kink` in days, for kKinked.
struct Trend {
  Shape shape = Shape::kStraight;
  double kink = 0;

  /// How many more numbers it takes than a straight line does.
  [[nodiscard]] double Cost() const {
    return shape == Shape::kStraight ? 0 : shape == Shape::kBent ? 1 : 2;
  }
};

/// What a value is explained by: level, trend, rhythms, what was cleaned up.
using Row = std::vector<double>;

class Columns {
 public:
  Columns(double days, bool cleanups) : days_(days), cleanups_(cleanups) {}

  /// At `day` from the first value, `taken` by clean-ups until then. Straight, see Bend.
  void Fill(Row& row, double day, double taken) const {
    row = {1, day / days_, 0};
    if (days_ >= 2) AddWave(row, day);
    if (days_ >= 2) AddWave(row, 2 * day);
    if (days_ >= 14) AddWave(row, day / 7);
    if (cleanups_) row.push_back(-taken);
  }

  /// Makes the row of `day` one of `trend`.
  void Bend(Row& row, double day, const Trend& trend) const {
    const double part = day / days_;
    if (trend.shape == Shape::kStraight) row[2] = 0;
    if (trend.shape == Shape::kBent) row[2] = part * part;
    if (trend.shape == Shape::kKinked) row[2] = std::max(day - trend.kink, 0.0) / days_;
  }

 private:
  static void AddWave(Row& row, double turns) {
    row.push_back(std::cos(2 * std::numbers::pi * turns));
    row.push_back(std::sin(2 * std::numbers::pi * turns));
  }

  double days_;
  bool cleanups_;
};

/// Means of an hour, or the values themselves where they are rarer.
struct Blocks {
  std::vector<double> days;  ///< the middle of each, from the first value
  std::vector<double> values;
  std::vector<Row> rows;
};

Blocks MakeBlocks(std::span<const double> values, std::span<const double> taken,
                  const Columns& columns, std::size_t steps_per_day) {
  const std::size_t size = std::max<std::size_t>(steps_per_day / kBlocksPerDay, 1);
  Blocks blocks;
  // The oldest values that make no whole block are left out.
  for (std::size_t i = values.size() % size; i + size <= values.size(); i += size) {
    const double middle = static_cast<double>(i) + static_cast<double>(size - 1) / 2;
    blocks.days.push_back(middle / static_cast<double>(steps_per_day));
    blocks.values.push_back(Mean(values.subspan(i, size)));
    columns.Fill(blocks.rows.emplace_back(), blocks.days.back(), Mean(taken.subspan(i, size)));
  }
  return blocks;
}

struct Fit {
  Trend trend;
  Solution solution;
  std::vector<double> residuals;
  double criterion = 0;  ///< BIC; less is better
};

/// Leaves the rows of the blocks bent as the trend is.
Fit FitTrend(Blocks& blocks, const Columns& columns, const Trend& trend) {
  const std::size_t count = blocks.rows.size();
  LeastSquares squares(blocks.rows.front().size());
  for (std::size_t i = 0; i < count; ++i) {
    columns.Bend(blocks.rows[i], blocks.days[i], trend);
    squares.Add(blocks.rows[i], blocks.values[i]);
  }
  Fit fit{.trend = trend, .solution = squares.Solve(), .residuals = blocks.values};
  double errors = 0;
  double least = 0;  // what rounding leaves
  for (std::size_t i = 0; i < count; ++i) {
    fit.residuals[i] -= fit.solution.At(blocks.rows[i]);
    errors += fit.residuals[i] * fit.residuals[i];
    least += 1e-18 * blocks.values[i] * blocks.values[i];
  }
  const auto seen = static_cast<double>(count);
  fit.criterion =
      seen / kBlocksPerDay * std::log(std::max(errors, least)) + std::log(seen) * trend.Cost();
  return fit;
}

/// The trend that explains most. A kink lies a seventh of the time from the start and half a day
/// from the end at least, or a slope would be read from what is too short to have one.
Fit BestFit(Blocks& blocks, const Columns& columns, double days) {
  Fit best = FitTrend(blocks, columns, {});
  if (days < 2) return best;
  const auto consider = [&](const Trend& trend) {
    Fit fit = FitTrend(blocks, columns, trend);
    if (fit.criterion < best.criterion) best = std::move(fit);
  };
  consider({.shape = Shape::kBent});
  const double distance = std::max(0.25, days / 56);
  for (double kink = days / 7; kink <= days - 0.5; kink += distance) {
    consider({.shape = Shape::kKinked, .kink = kink});
  }
  return best;
}

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
