#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "seasonal_profile.h"

namespace mon::forecast {

/// One way to forecast: the `horizon` values behind `past` (at least 4 finite ones).
using Method = std::vector<double> (*)(std::span<const double> past, const Seasons& seasons,
                                       std::size_t horizon);

/// The last season over again.
[[nodiscard]] std::vector<double> SeasonalNaive(std::span<const double> past,
                                                const Seasons& seasons, std::size_t horizon);

/// Exponential smoothing of each hour of the day.
[[nodiscard]] std::vector<double> SmoothedDay(std::span<const double> past, const Seasons& seasons,
                                              std::size_t horizon);

/// The same of each hour of the week, moved by half of what the last day lay off it.
[[nodiscard]] std::vector<double> SmoothedWeek(std::span<const double> past, const Seasons& seasons,
                                               std::size_t horizon);

/// The profile of day and week on a smoothed level, from which the last value departs for a while.
[[nodiscard]] std::vector<double> ProfileOnLevel(std::span<const double> past,
                                                 const Seasons& seasons, std::size_t horizon);

/// A linear combination of the last values, those of the days before and of the week before,
/// step by step.
[[nodiscard]] std::vector<double> Autoregression(std::span<const double> past,
                                                 const Seasons& seasons, std::size_t horizon);

}  // namespace mon::forecast
