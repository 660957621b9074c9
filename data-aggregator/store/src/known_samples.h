#pragma once

#include <functional>
#include <span>

#include "common/error.h"
#include "common/sample.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

/// Reads the rows of hyphenmon_metrics that are stored of the applications and seconds of
/// `samples`, which are sorted by application and then by second, and gives each to `take`: its
/// application, timestamp, response_time_ms, error_rate and id. Some of other seconds may be among
/// them, where it is cheaper to read them than to look up each sample by itself. Errors: those of
/// the database.
[[nodiscard]] Result<void> ReadKnown(mysql::Connection& connection,
                                     std::span<const ApplicationSample* const> samples,
                                     const std::function<void(const mysql::Row&)>& take);

}  // namespace mon::data_aggregator
