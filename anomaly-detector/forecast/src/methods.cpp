#include "methods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "least_squares.h"
#include "statistics.h"

namespace mon::forecast {
namespace {

/// The week where that many are there, else the day.
std::size_t LongestSeen(std::span<const double> past, const Seasons& seasons, std::size_t times) {
  if (seasons.week > 0 && past.size() >= times * seasons.week) return seasons.week;
  return std::min(seasons.day, past.size());
}

struct Smoothed {
  std::vector<double> phases;
  double last_day_off = 0;  ///< mean distance of the last day from what was smoothed before it
};

Smoothed SmoothPhases(std::span<const double> past, std::size_t period, double share,
                      std::size_t day) {
  Smoothed smoothed{.phases = {past.begin(), past.begin() + static_cast<std::ptrdiff_t>(period)}};
  const std::size_t last_day = past.size() - std::min(day, past.size());
  for (std::size_t i = period; i < past.size(); ++i) {
    double& phase = smoothed.phases[i % period];
    const double off = past[i] - phase;
    if (i >= last_day) smoothed.last_day_off += off / static_cast<double>(day);
    phase += share * off;
  }
  return smoothed;
}

double FirstLevel(std::span<const double> values, const Seasons& seasons) {
  return Mean(values.first(std::min(values.size(), std::max<std::size_t>(2 * seasons.day, 4))));
}

/// The level at each value: exponential smoothing with the share that forecast best a day ahead.
std::vector<double> LevelPath(std::span<const double> values, const Seasons& seasons) {
  constexpr std::array kShares = {0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9};
  const std::size_t ahead = seasons.day;
  const std::size_t enough = std::max<std::size_t>(2 * seasons.Longest(), 4);
  const std::size_t judged_from =
      values.size() >= enough ? seasons.Longest() : std::min(2 * ahead, values.size() / 2);
  double least = std::numeric_limits<double>::infinity();
  std::vector<double> best;
  std::vector<double> path(values.size());
  for (const double share : kShares) {
    double level = FirstLevel(values, seasons);
    double errors = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i >= std::max(judged_from, ahead)) errors += std::abs(values[i] - path[i - ahead]);
      level += share * (values[i] - level);
      path[i] = level;
    }
    if (errors >= least) continue;
    least = errors;
    best = path;
  }
  return best;
}

/// How much of a distance to the level is left a step later, 0 to 0.98.
double Persistence(std::span<const double> values, std::span<const double> level,
                   std::size_t from) {
  double together = 0;
  double squares = 0;
  for (std::size_t i = from; i + 1 < values.size(); ++i) {
    const double off = values[i] - level[i];
    together += off * (values[i + 1] - level[i]);
    squares += off * off;
  }
  return squares > 0 ? std::clamp(together / squares, 0.0, 0.98) : 0;
}

/// What the autoregression looks at: the last values, and those at the same time of the last days
/// and of the last week with their neighbours.
std::vector<std::size_t> Lags(std::size_t count, const Seasons& seasons) {
  std::vector<std::size_t> lags = {1, 2, 3};
  const std::size_t day = seasons.day;
  if (day > 1) {
    lags.insert(lags.end(), {day - 1, day, day + 1});
    for (std::size_t days = 2; days <= 6; ++days) lags.push_back(days * day);
  }
  if (seasons.week > 0) {
    lags.insert(lags.end(), {seasons.week - 1, seasons.week, seasons.week + 1});
  }
  std::ranges::sort(lags);
  lags.erase(std::ranges::unique(lags).begin(), lags.end());
  // Half of the series at least is left to learn from.
  std::erase_if(lags, [&](std::size_t lag) { return lag == 0 || 2 * lag + 20 > count; });
  return lags;
}

}  // namespace

std::vector<double> SeasonalNaive(std::span<const double> past, const Seasons& seasons,
                                  std::size_t horizon) {
  const std::size_t period = LongestSeen(past, seasons, 1);
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) forecast[i] = past[past.size() - period + i % period];
  return forecast;
}

std::vector<double> SmoothedDay(std::span<const double> past, const Seasons& seasons,
                                std::size_t horizon) {
  constexpr double kShare = 0.3;
  const std::size_t period = std::min(seasons.day, past.size());
  const Smoothed smoothed = SmoothPhases(past, period, kShare, seasons.day);
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    forecast[i] = smoothed.phases[(past.size() + i) % period];
  }
  return forecast;
}

std::vector<double> SmoothedWeek(std::span<const double> past, const Seasons& seasons,
                                 std::size_t horizon) {
  constexpr double kShare = 0.5;
  const std::size_t period = LongestSeen(past, seasons, 2);
  const Smoothed smoothed = SmoothPhases(past, period, kShare, seasons.day);
  // The phases of the last day have learnt their share of it already; the others are to follow.
  const double moved = period > seasons.day ? 0.5 * (1 - kShare) * smoothed.last_day_off : 0;
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    forecast[i] = smoothed.phases[(past.size() + i) % period] + moved;
  }
  return forecast;
}

std::vector<double> ProfileOnLevel(std::span<const double> past, const Seasons& seasons,
                                   std::size_t horizon) {
  const SeasonalProfile profile(past, seasons);
  std::vector<double> rest(past.size());
  for (std::size_t i = 0; i < past.size(); ++i) rest[i] = past[i] - profile.At(i);
  const std::vector<double> level = LevelPath(rest, seasons);
  const double persistence =
      Persistence(rest, level, std::min(7 * seasons.day / 2, past.size() / 2));
  double off = rest.back() - level.back();
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    off *= persistence;
    forecast[i] = level.back() + off + profile.At(past.size() + i);
  }
  return forecast;
}

std::vector<double> Autoregression(std::span<const double> past, const Seasons& seasons,
                                   std::size_t horizon) {
  constexpr double kRidge = 0.001;
  constexpr double kFarthest = 6;  // standard deviations: a root outside the circle stays bounded
  const double mean = Mean(past);
  const double deviation = Deviation(past);
  const std::vector<std::size_t> lags = Lags(past.size(), seasons);
  if (deviation <= 0 || lags.empty()) return std::vector<double>(horizon, mean);

  std::vector<double> values;
  values.reserve(past.size() + horizon);
  for (const double value : past) values.push_back((value - mean) / deviation);
  std::vector<double> row(lags.size());
  const auto look_back = [&](std::size_t from) {
    std::ranges::transform(lags, row.begin(), [&](std::size_t lag) { return values[from - lag]; });
  };
  LeastSquares fit(lags.size());
  for (std::size_t i = lags.back(); i < past.size(); ++i) {
    look_back(i);
    fit.Add(row, values[i]);
  }
  const Solution solution = fit.Solve(kRidge);
  std::vector<double> forecast(horizon);
  for (double& expected : forecast) {
    look_back(values.size());
    values.push_back(std::clamp(solution.At(row), -kFarthest, kFarthest));
    expected = mean + deviation * values.back();
  }
  return forecast;
}

}  // namespace mon::forecast
