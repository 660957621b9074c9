#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "seasonal_profile.h"

namespace mon::forecast {

/// One way to forecast: the `horizon` values behind `past` (at least 4 finite ones).
using Method = std::vector<double> (*)(std::span<const double> past, const Seasons& seasons,
                                       std::size_t horizon);

/// The last day over again; the last value where there is no rhythm.
[[nodiscard]] std::vector<double> LastDay(std::span<const double> past, const Seasons& seasons,
                                          std::size_t horizon);

/// The last week over again, or the last day where no week is known.
[[nodiscard]] std::vector<double> LastWeek(std::span<const double> past, const Seasons& seasons,
                                           std::size_t horizon);

/// The profile of day and week on a smoothed level, from which the last value departs for a while.
[[nodiscard]] std::vector<double> ProfileOnLevel(std::span<const double> past,
                                                 const Seasons& seasons, std::size_t horizon);

/// The profile, and what it leaves over as a linear combination of its last values, that of a day
/// and that of a week before, step by step.
[[nodiscard]] std::vector<double> Autoregression(std::span<const double> past,
                                                 const Seasons& seasons, std::size_t horizon);

/// The average of the last three weeks (days, where fewer are known), the later the more, moved by
/// what the last day and the last value lay off it, as far as that used to last.
[[nodiscard]] std::vector<double> MovedWeeks(std::span<const double> past, const Seasons& seasons,
                                             std::size_t horizon);

/// Exponential smoothing of a level, of each hour of the day and of each hour of the week, with an
/// error that fades (Taylor, "Triple seasonal methods for short-term electricity demand
/// forecasting", 2010, without the year).
[[nodiscard]] std::vector<double> DoubleSeasonal(std::span<const double> past,
                                                 const Seasons& seasons, std::size_t horizon);

}  // namespace mon::forecast
