#pragma once

#include <cstdint>
#include <string>

#include "alerting_system/time_zone.h"
#include "backtest.h"

namespace mon::processor {

/// For people. `from`, `to`: the range, epoch seconds.
[[nodiscard]] std::string BacktestText(const BacktestResult& result, std::int64_t from,
                                       std::int64_t to, const alerting_system::TimeZone& zone);

/// For programs: the same, one JSON object.
[[nodiscard]] std::string BacktestJson(const BacktestResult& result, std::int64_t from,
                                       std::int64_t to);

}  // namespace mon::processor
