#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/error.h"

namespace mon::forecast {

/// The steps that follow a series; element 0 is the first one. All in the unit of the series.
struct Forecast {
  std::vector<double> expected;
  std::vector<double> low;   ///< 95 % of what comes is to lie between `low` and `high`
  std::vector<double> high;  ///< low <= expected <= high
};

/// Forecasts the next `horizon` values of a series.
///
/// Input:   values at equal distances, oldest first; NaN is a gap and is filled from its neighbours
///          and the season before. `season` is the number of values after which the rhythm repeats:
///          24 for hourly values, 1 for none. Where it is a multiple of 24 it is taken for a day
///          and a week of seven is learnt beside it. A rhythm needs two seasons of history; the
///          week works from one week on and gains much by four.
/// Method:  six simple forecasts (last day, last week, profile of day and week with a level that
///          reverts, an autoregression of what the profile leaves over, the average of three weeks
///          moved by the last day, double seasonal smoothing), each of the values and, where all
///          are positive, of their logarithms. They forecast what the last four stretches of the
///          series were to be, too (half of it at most); the weights of their average are those
///          that would have forecast these well together (stacking: Breiman, "Stacked regressions",
///          1996), and the interval is as wide as the errors that the average made there.
///          bench/forecast.md has the measurements.
/// Range:   what was never negative is not forecast negative. A constant series goes on with an
///          interval of width 0. Fewer than 8 values: the last value goes on, as wide as the
///          steps between the values were.
/// Cost:    some milliseconds for 1000 values and 48 steps; linear in both.
/// Errors:  kInvalidData where no value is finite. No I/O, safe from any thread.
[[nodiscard]] Result<Forecast> ForecastSeries(std::span<const double> values, std::size_t season,
                                              std::size_t horizon);

}  // namespace mon::forecast
