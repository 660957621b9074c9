#include "seasonal_profile.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "common/statistics.h"

namespace mon::forecast {
namespace {

constexpr double kWeeklyDecay = 0.7;  ///< weight of a week against the one behind it

/// Mean of the `period` values around each one (2 x period for an even one, both ends counting
/// half); near the ends the nearest such mean. Needs values.size() > period.
std::vector<double> MovingAverage(std::span<const double> values, std::size_t period) {
  const std::size_t half = period / 2;
  const std::size_t count = values.size();
  std::vector<double> average(count);
  double sum = 0;
  for (std::size_t i = 0; i < 2 * half; ++i) sum += values[i];
  for (std::size_t i = half; i + half < count; ++i) {
    sum += values[i + half];
    const double ends = period % 2 == 0 ? (values[i - half] + values[i + half]) / 2 : 0;
    average[i] = (sum - ends) / static_cast<double>(period);
    sum -= values[i - half];
  }
  std::fill_n(average.begin(), half, average[half]);
  std::fill(average.end() - static_cast<std::ptrdiff_t>(half), average.end(),
            average[count - 1 - half]);
  return average;
}

/// What the residuals of each phase have in common: between their mean and their median, and
/// shrunk towards 0 by the part of the phases' differences that chance explains (empirical Bayes;
/// James & Stein, 1961). Takes it out of the residuals.
std::vector<double> TakeOut(std::vector<double>& residuals, std::span<const double> weights,
                            std::size_t phases, const auto& phase_of) {
  std::vector<double> sum(phases);
  std::vector<double> weight(phases);
  std::vector<double> weight_squares(phases);
  std::vector<std::vector<double>> members(phases);
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    const std::size_t phase = phase_of(i);
    sum[phase] += weights[i] * residuals[i];
    weight[phase] += weights[i];
    weight_squares[phase] += weights[i] * weights[i];
    members[phase].push_back(residuals[i]);
  }
  double effects = 0;  // mean square of the effects
  double seen = 0;     // effective number of values of a phase
  std::vector<double> effect(phases);
  for (std::size_t phase = 0; phase < phases; ++phase) {
    effect[phase] = (sum[phase] / weight[phase] + Median(std::move(members[phase]))) / 2;
    effects += effect[phase] * effect[phase] / static_cast<double>(phases);
    seen += weight[phase] * weight[phase] / weight_squares[phase] / static_cast<double>(phases);
  }
  double within = 0;
  double all = 0;
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    const double rest = residuals[i] - effect[phase_of(i)];
    within += weights[i] * rest * rest;
    all += weights[i];
  }
  const double chance = within / all / std::max(seen - 1, 0.3);  // in a mean of `seen` values
  const double kept = effects > 0 ? std::max(0.0, 1 - chance / effects) : 0;
  for (double& value : effect) value *= kept;
  for (std::size_t i = 0; i < residuals.size(); ++i) residuals[i] -= effect[phase_of(i)];
  return effect;
}

}  // namespace

SeasonalProfile::SeasonalProfile(std::span<const double> values, const Seasons& seasons)
    : seasons_(seasons) {
  const std::size_t count = values.size();
  const std::size_t day = seasons.day;
  const std::size_t week = seasons.week;
  if (day <= 1 || count < 2 * day) return;
  const bool level_of_week = week > 0 && count >= 3 * week;
  const std::vector<double> level = MovingAverage(values, level_of_week ? week : day);
  std::vector<double> residuals(count);
  std::vector<double> weights(count);
  const double decay = std::pow(kWeeklyDecay, 1.0 / static_cast<double>(7 * day));
  double weight = 1;
  for (std::size_t i = count; i-- > 0; weight *= decay) {
    residuals[i] = values[i] - level[i];
    weights[i] = std::max(weight, 1e-6);
  }
  day_ = TakeOut(residuals, weights, day, [&](std::size_t i) { return i % day; });
  if (week == 0 || count < 2 * week) return;
  weekday_ = TakeOut(residuals, weights, 7, [&](std::size_t i) { return i / day % 7; });
  week_ = TakeOut(residuals, weights, week, [&](std::size_t i) { return i % week; });
}

double SeasonalProfile::At(std::size_t index) const {
  double value = 0;
  if (!day_.empty()) value += day_[index % seasons_.day];
  if (!week_.empty()) value += weekday_[index / seasons_.day % 7] + week_[index % seasons_.week];
  return value;
}

}  // namespace mon::forecast
