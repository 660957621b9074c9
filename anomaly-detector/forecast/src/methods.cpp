#include "methods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "common/statistics.h"
#include "least_squares.h"

namespace mon::forecast {
namespace {

/// The last `period` values over and over.
std::vector<double> Repeat(std::span<const double> past, std::size_t period, std::size_t horizon) {
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) forecast[i] = past[past.size() - period + i % period];
  return forecast;
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

/// The slope of a line through 0, 0 to 0.98: how much of a distance is left later.
class Persistence {
 public:
  void Add(double before, double after) {
    together_ += before * after;
    squares_ += before * before;
  }
  [[nodiscard]] double Value() const {
    return squares_ > 0 ? std::clamp(together_ / squares_, 0.0, 0.98) : 0;
  }

 private:
  double together_ = 0;
  double squares_ = 0;
};

double PersistenceOf(std::span<const double> distances) {
  Persistence persistence;
  for (std::size_t i = 1; i < distances.size(); ++i)
    persistence.Add(distances[i - 1], distances[i]);
  return persistence.Value();
}

/// What the autoregression looks at: the last values, those a day and a week before.
std::vector<std::size_t> Lags(std::size_t count, const Seasons& seasons) {
  std::vector<std::size_t> lags = {1, 2, 3};
  if (seasons.day > 1) lags.insert(lags.end(), {seasons.day, seasons.day + 1});
  if (seasons.week > 0) lags.push_back(seasons.week);
  std::ranges::sort(lags);
  lags.erase(std::ranges::unique(lags).begin(), lags.end());
  // Half of the series at least is left to learn from.
  std::erase_if(lags, [&](std::size_t lag) { return 2 * lag + 20 > count; });
  return lags;
}

/// What the profile of day and week leaves over.
std::vector<double> Rest(std::span<const double> past, const SeasonalProfile& profile) {
  std::vector<double> rest(past.size());
  for (std::size_t i = 0; i < past.size(); ++i) rest[i] = past[i] - profile.At(i);
  return rest;
}

/// Means of `length` values each, one behind the other up to the end.
std::vector<double> MeansOf(std::span<const double> values, std::size_t length) {
  std::vector<double> means;
  for (std::size_t i = values.size() % length; i < values.size(); i += length) {
    means.push_back(Mean(values.subspan(i, length)));
  }
  return means;
}

/// Mean of up to three values `period`, 2 and 3 `period` before `index` (at least one is there),
/// the later the more.
double AverageBefore(std::span<const double> values, std::size_t index, std::size_t period) {
  constexpr std::size_t kTimes = 3;
  constexpr double kFading = 0.6;
  double sum = 0;
  double weights = 0;
  double weight = 1;
  for (std::size_t k = 1; k <= kTimes && k * period <= index; ++k) {
    sum += weight * values[index - k * period];
    weights += weight;
    weight *= kFading;
  }
  return sum / weights;
}

/// The state of DoubleSeasonal while it goes through a series.
struct Smoothing {
  double level;
  std::vector<double> day;
  std::vector<double> week;  ///< one 0 where there is none
  double error = 0;          ///< of the newest value

  double Base(std::size_t index) const {
    return level + day[index % day.size()] + week[index % week.size()];
  }
};

/// Begins with the means of the first `length` values (a week, or days).
Smoothing BeginSmoothing(std::span<const double> first, std::size_t day, std::size_t week) {
  constexpr double kOfFirstWeek = 0.6;  // what of it is more than chance
  Smoothing smoothing{.level = Mean(first),
                      .day = std::vector<double>(day),
                      .week = std::vector<double>(std::max<std::size_t>(week, 1))};
  const double days = static_cast<double>(first.size()) / static_cast<double>(day);
  for (std::size_t i = 0; i < first.size(); ++i) {
    smoothing.day[i % day] += (first[i] - smoothing.level) / days;
  }
  for (std::size_t i = 0; i < week; ++i) {
    smoothing.week[i] = kOfFirstWeek * (first[i] - smoothing.level - smoothing.day[i % day]);
  }
  return smoothing;
}

}  // namespace

std::vector<double> LastDay(std::span<const double> past, const Seasons& seasons,
                            std::size_t horizon) {
  return Repeat(past, std::min(seasons.day, past.size()), horizon);
}

std::vector<double> LastWeek(std::span<const double> past, const Seasons& seasons,
                             std::size_t horizon) {
  return Repeat(past, std::min(seasons.Longest(), past.size()), horizon);
}

std::vector<double> ProfileOnLevel(std::span<const double> past, const Seasons& seasons,
                                   std::size_t horizon) {
  const SeasonalProfile profile(past, seasons);
  const std::vector<double> rest = Rest(past, profile);
  const std::vector<double> level = LevelPath(rest, seasons);
  Persistence persistence;  // of a distance to the level as it was known then
  for (std::size_t i = std::min(7 * seasons.day / 2, past.size() / 2); i + 1 < past.size(); ++i) {
    persistence.Add(rest[i] - level[i], rest[i + 1] - level[i]);
  }
  double off = rest.back() - level.back();
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    off *= persistence.Value();
    forecast[i] = level.back() + off + profile.At(past.size() + i);
  }
  return forecast;
}

std::vector<double> Autoregression(std::span<const double> past, const Seasons& seasons,
                                   std::size_t horizon) {
  constexpr double kRidge = 0.001;
  constexpr double kFarthest = 6;  // standard deviations: a root outside the circle stays bounded
  constexpr double kMemory = 21;   // days until a value counts half
  const SeasonalProfile profile(past, seasons);
  std::vector<double> values = Rest(past, profile);
  const double mean = Mean(values);
  const double deviation = Deviation(values);
  const std::vector<std::size_t> lags = Lags(past.size(), seasons);
  std::vector<double> forecast(horizon, mean);
  if (deviation > 0 && !lags.empty()) {
    for (double& value : values) value = (value - mean) / deviation;
    values.reserve(past.size() + horizon);
    std::vector<double> row(lags.size());
    const auto look_back = [&](std::size_t from) {
      std::ranges::transform(lags, row.begin(),
                             [&](std::size_t lag) { return values[from - lag]; });
    };
    LeastSquares fit(lags.size());
    const double memory = kMemory * static_cast<double>(seasons.day);
    for (std::size_t i = lags.back(); i < past.size(); ++i) {
      look_back(i);
      fit.Add(row, values[i], std::exp2(-static_cast<double>(past.size() - i) / memory));
    }
    const Solution solution = fit.Solve(kRidge);
    for (double& expected : forecast) {
      look_back(values.size());
      values.push_back(std::clamp(solution.At(row), -kFarthest, kFarthest));
      expected = mean + deviation * values.back();
    }
  }
  for (std::size_t i = 0; i < horizon; ++i) forecast[i] += profile.At(past.size() + i);
  return forecast;
}

std::vector<double> MovedWeeks(std::span<const double> past, const Seasons& seasons,
                               std::size_t horizon) {
  constexpr std::size_t kTimes = 3;  // seasons that are averaged
  const std::size_t day = seasons.day;
  const std::size_t count = past.size();
  const std::size_t period = count >= kTimes * seasons.Longest() ? seasons.Longest() : day;
  if (day <= 1 || count < kTimes * period) return LastDay(past, seasons, horizon);

  std::vector<double> off;
  for (std::size_t i = period; i < count; ++i) {
    off.push_back(past[i] - AverageBefore(past, i, period));
  }
  const std::vector<double> days_off = MeansOf(off, day);
  const double day_lasts = PersistenceOf(days_off);
  const double value_lasts = PersistenceOf(off);
  double value_off = off.back() - day_lasts * days_off.back();
  std::vector<double> weeks(past.begin(), past.end());
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    weeks.push_back(AverageBefore(weeks, count + i, period));
    value_off *= value_lasts;
    const double days = 1 + static_cast<double>(i) / static_cast<double>(day);
    forecast[i] = weeks.back() + std::pow(day_lasts, days) * days_off.back() + value_off;
  }
  return forecast;
}

std::vector<double> DoubleSeasonal(std::span<const double> past, const Seasons& seasons,
                                   std::size_t horizon) {
  constexpr double kLevelShare = 0.01;
  constexpr double kDayShare = 0.1;
  constexpr std::array kWeekShares = {0.1, 0.3};
  constexpr std::array kPersistences = {0.6, 0.9};
  const std::size_t day = seasons.day;
  if (day <= 1 || past.size() < 4 * day) return LastDay(past, seasons, horizon);

  const std::size_t week = past.size() >= 2 * seasons.week + day ? seasons.week : 0;
  const std::size_t begin = week > 0 ? week : 2 * day;
  const Smoothing first = BeginSmoothing(past.first(begin), day, week);
  double least = std::numeric_limits<double>::infinity();
  Smoothing best;
  double best_persistence = 0;
  for (const double week_share : kWeekShares) {
    for (const double persistence : kPersistences) {
      Smoothing smoothing = first;
      double errors = 0;
      for (std::size_t i = 0; i < past.size(); ++i) {
        const double base = smoothing.Base(i);
        const double surprise = past[i] - base - persistence * smoothing.error;
        if (i >= begin) errors += std::abs(surprise);
        smoothing.error = past[i] - base;
        smoothing.level += kLevelShare * surprise;
        smoothing.day[i % day] += kDayShare * surprise;
        if (week > 0) smoothing.week[i % week] += week_share * surprise;
      }
      if (errors >= least) continue;
      least = errors;
      best = std::move(smoothing);
      best_persistence = persistence;
    }
  }
  std::vector<double> forecast(horizon);
  for (std::size_t i = 0; i < horizon; ++i) {
    best.error *= best_persistence;
    forecast[i] = best.Base(past.size() + i) + best.error;
  }
  return forecast;
}

}  // namespace mon::forecast
