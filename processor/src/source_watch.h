#pragma once

#include <functional>
#include <stop_token>

#include "common/error.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "setup.h"
#include "summary.h"

namespace mon::processor {

/// Looks whether a source that was read before, or the aggregator itself, is silent, stale or
/// wrong, and queues a mail when that begins and when it ends. While the aggregator is silent
/// nothing is said of the sources: one mail tells it.
///
/// State, alert and mail of a subject are one transaction that ends by checking the lease; where
/// `lease` is null (a dry run), nothing is written. What was told is added to `summary`. Stops
/// between subjects when asked to; `progress`, where it is set, is called after each. Errors: those
/// of the database; kBusy where the lease was lost.
[[nodiscard]] Result<void> WatchSources(const Setup& setup, mysql::Connection& connection,
                                        const mysql::Lease* lease, Summary& summary,
                                        const std::stop_token& stop,
                                        const std::function<void()>& progress = {});

}  // namespace mon::processor
