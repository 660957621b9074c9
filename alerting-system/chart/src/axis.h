#pragma once

#include <cstdint>
#include <vector>

#include "alerting_system/chart.h"
#include "alerting_system/time_zone.h"

namespace mon::chart {

/// What an axis of values spans.
struct Range {
  double low = 0;
  double high = 1;
};

/// All points, the limit and the usual range of `panel`, from 0 on where that is near, to round
/// numbers. Never empty.
[[nodiscard]] Range RangeOf(const alerting_system::ChartPanel& panel);

/// Two to five times in [from, to] at which a clock on the wall shows a round time.
[[nodiscard]] std::vector<std::int64_t> TimeTicks(std::int64_t from, std::int64_t to,
                                                  const alerting_system::TimeZone& zone);

}  // namespace mon::chart
