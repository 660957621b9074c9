#include "trend_fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "common/statistics.h"

namespace mon::forecast {
namespace {

void AddWave(Row& row, double turns) {
  row.push_back(std::cos(2 * std::numbers::pi * turns));
  row.push_back(std::sin(2 * std::numbers::pi * turns));
}

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

}  // namespace

void Columns::Fill(Row& row, double day, double taken) const {
  row = {1, day / days_, 0};
  if (days_ >= 2) AddWave(row, day);
  if (days_ >= 2) AddWave(row, 2 * day);
  if (days_ >= 14) AddWave(row, day / 7);
  if (cleanups_) row.push_back(-taken);
}

void Columns::Bend(Row& row, double day, const Trend& trend) const {
  const double part = day / days_;
  if (trend.shape == Shape::kStraight) row[2] = 0;
  if (trend.shape == Shape::kBent) row[2] = part * part;
  if (trend.shape == Shape::kKinked) row[2] = std::max(day - trend.kink, 0.0) / days_;
}

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

}  // namespace mon::forecast
