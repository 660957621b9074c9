#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "common/error.h"

namespace mon::forecast {

struct LimitOptions {
  std::size_t steps_per_day = 288;  ///< 1 at least; 288: a value every 5 minutes
  std::size_t horizon_days = 30;    ///< how far ahead is looked; beyond it is "never"
};

/// When a series reaches a limit, in steps behind its last value; nothing where not within the
/// horizon. 95 % of what comes true is to lie between `earliest` and `latest`.
///
///     "full in 9 days, 5-14": expected 9 * 288, earliest 5 * 288, latest 14 * 288
///     no `earliest`: never, as far as can be seen
///     `earliest` alone: it may be, but is not expected
struct TimeToLimit {
  std::optional<std::size_t> expected;
  std::optional<std::size_t> earliest;  ///< <= expected
  std::optional<std::size_t> latest;    ///< >= expected
};

/// When values that grow will be at `limit` or above: a disk that fills.
///
/// Input:   values at equal distances, oldest first; NaN is a gap. Two days of history at least
///          for anything but a straight line; nothing is foreseen from less than three hours. For a
///          limit below the values give both negated.
/// Method:  least squares of the means of an hour on a trend, the rhythm of a day and, from two
///          weeks on, of a week. The trend is straight, or bends evenly, or has one kink: what
///          explains most, where a bend has to earn its place (BIC, Schwarz 1978, in which a day
///          counts as one independent value, since neighbouring hours err alike). Clean-ups, sudden
///          drops, are taken out first and go on as they came, where they came three times at
///          least. The limit is reached when the forecast path first is.
/// Result:  0 steps where the last value is at the limit already.
/// Errors:  kInvalidData where no value is finite. No I/O, safe from any thread.
[[nodiscard]] Result<TimeToLimit> ForecastTimeToLimit(std::span<const double> values, double limit,
                                                      const LimitOptions& options = {});

}  // namespace mon::forecast
