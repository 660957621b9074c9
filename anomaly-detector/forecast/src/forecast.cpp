#include "forecast/forecast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "common/statistics.h"
#include "gaps.h"
#include "methods.h"
#include "weights.h"

namespace mon::forecast {
namespace {

/// The last day and week are the same through their logarithms, so that they count twice; they
/// deserve it.
constexpr std::array<Method, 6> kMethods = {LastDay,        LastWeek,   ProfileOnLevel,
                                            Autoregression, MovedWeeks, DoubleSeasonal};
constexpr std::size_t kOrigins = 4;       ///< how often the past is forecast
constexpr std::size_t kFewestValues = 8;  ///< below that there is nothing to learn from
/// Half of the interval in standard errors: 1.96, and a quarter more since the weights know the
/// stretches that the errors are of.
constexpr double kWidth = 2.5;

using Path = std::vector<double>;
using Values = std::span<const double>;

Seasons SeasonsOf(std::size_t season, std::size_t count) {
  constexpr std::size_t kHours = 24;
  Seasons seasons;
  if (season <= 1 || count / 2 < season) return seasons;
  seasons.day = season;
  if (season % kHours == 0 && count / 7 > season) seasons.week = 7 * season;
  return seasons;
}

/// The method on the logarithms; the result within what the series has shown and half as much
/// again above, as much again below.
Path OnLogarithms(Method method, Values past, const Seasons& seasons, std::size_t horizon) {
  Path logarithms(past.size());
  std::ranges::transform(past, logarithms.begin(), [](double value) { return std::log(value); });
  const auto [least, most] = std::ranges::minmax(logarithms);
  Path forecast = method(logarithms, seasons, horizon);
  for (double& value : forecast) {
    value = std::exp(std::clamp(value, least - (most - least), most + (most - least) / 2));
  }
  return forecast;
}

/// One forecast of each method, and where all values are positive one more of their logarithms.
std::vector<Path> ForecastEach(Values past, std::size_t season, bool positive,
                               std::size_t horizon) {
  const Seasons seasons = SeasonsOf(season, past.size());
  std::vector<Path> forecasts;
  for (const Method method : kMethods) {
    forecasts.push_back(method(past, seasons, horizon));
    if (positive) forecasts.push_back(OnLogarithms(method, past, seasons, horizon));
  }
  return forecasts;
}

/// Forecasts of a stretch of the past, and what it was.
struct Trial {
  std::vector<Path> forecasts;
  Values truth;
};

std::vector<Trial> TryOnPast(Values past, std::size_t season, bool positive) {
  const std::size_t eighth = past.size() / (2 * kOrigins);
  const std::size_t length = std::min(season > 1 ? 2 * season : 24, eighth);
  std::vector<Trial> trials;
  for (std::size_t i = 1; i <= kOrigins; ++i) {
    const std::size_t origin = past.size() - i * length;
    trials.push_back({.forecasts = ForecastEach(past.first(origin), season, positive, length),
                      .truth = past.subspan(origin, length)});
  }
  return trials;
}

/// One weight for each method, from all trials together.
std::vector<double> Weights(const std::vector<Trial>& trials) {
  std::vector<Path> forecasts(trials.front().forecasts.size());
  Path truth;
  for (const Trial& trial : trials) {
    for (std::size_t m = 0; m < forecasts.size(); ++m) {
      forecasts[m].insert(forecasts[m].end(), trial.forecasts[m].begin(), trial.forecasts[m].end());
    }
    truth.insert(truth.end(), trial.truth.begin(), trial.truth.end());
  }
  return FitWeights(forecasts, truth);
}

Path Average(const std::vector<Path>& forecasts, std::span<const double> weights) {
  Path average(forecasts.front().size());
  for (std::size_t m = 0; m < forecasts.size(); ++m) {
    for (std::size_t i = 0; i < average.size(); ++i) average[i] += weights[m] * forecasts[m][i];
  }
  return average;
}

/// Mean square of the errors that the average made at each step of the trials.
Path SquaredErrors(const std::vector<Trial>& trials, std::span<const double> weights) {
  Path squares(trials.front().truth.size());
  for (const Trial& trial : trials) {
    const Path average = Average(trial.forecasts, weights);
    for (std::size_t i = 0; i < squares.size(); ++i) {
      const double error = average[i] - trial.truth[i];
      squares[i] += error * error / static_cast<double>(trials.size());
    }
  }
  return squares;
}

/// Half the width of the interval at each step: between the error at that step (and its two
/// neighbours on each side) and that of all steps. Behind the last step that was tried it grows
/// with the root of time.
Path HalfWidths(const Path& squares, std::size_t horizon) {
  constexpr std::size_t kNeighbours = 2;
  const double all = Mean(squares);
  Path widths(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    double square = all * static_cast<double>(i + 1) / static_cast<double>(squares.size());
    if (i < squares.size()) {
      const std::size_t from = i - std::min(i, kNeighbours);
      const std::size_t until = std::min(i + kNeighbours + 1, squares.size());
      square = (Mean(std::span(squares).subspan(from, until - from)) + all) / 2;
    }
    widths[i] = kWidth * std::sqrt(square);
  }
  return widths;
}

Forecast Around(Path expected, const Path& half_widths, double scale, bool negative) {
  Forecast forecast;
  forecast.expected = std::move(expected);
  for (std::size_t i = 0; i < half_widths.size(); ++i) {
    double& middle = forecast.expected[i];
    if (!negative) middle = std::max(middle, 0.0);
    double low = middle - half_widths[i];
    if (!negative) low = std::max(low, 0.0);
    forecast.low.push_back(low * scale);
    forecast.high.push_back((middle + half_widths[i]) * scale);
    middle *= scale;
  }
  return forecast;
}

/// Too few values for more: the last one, as uncertain as the steps so far.
Forecast ForecastFew(Values past, std::size_t horizon, double scale, bool negative) {
  double squares = 0;
  for (std::size_t i = 1; i < past.size(); ++i) {
    squares += (past[i] - past[i - 1]) * (past[i] - past[i - 1]);
  }
  squares /= static_cast<double>(std::max<std::size_t>(past.size() - 1, 1));
  Path widths(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    widths[i] = kWidth * std::sqrt(squares * static_cast<double>(i + 1));
  }
  return Around(Path(horizon, past.back()), widths, scale, negative);
}

}  // namespace

Result<Forecast> ForecastSeries(std::span<const double> values, std::size_t season,
                                std::size_t horizon) {
  Path past = FillGaps(values, season);
  if (past.empty()) return Fail(ErrorCode::kInvalidData, "no value to forecast from");
  double scale = 0;
  for (const double value : past) scale = std::max(scale, std::abs(value));
  if (scale == 0) scale = 1;
  // No square of a value within -1 and 1 is too large for a number.
  for (double& value : past) value /= scale;
  const double least = std::ranges::min(past);
  const bool negative = least < 0;
  if (past.size() < kFewestValues) return ForecastFew(past, horizon, scale, negative);

  const bool positive = least > 0;
  const std::vector<Trial> trials = TryOnPast(past, season, positive);
  const std::vector<double> weights = Weights(trials);
  return Around(Average(ForecastEach(past, season, positive, horizon), weights),
                HalfWidths(SquaredErrors(trials, weights), horizon), scale, negative);
}

}  // namespace mon::forecast
