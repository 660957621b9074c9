#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "mysql/connection.h"
#include "processor/alert.h"

namespace mon::processor {

/// Inserts or updates alerts and their new events, in the caller's transaction; new ones get their
/// id, and are to be told (dispatch/telling_store.h). False for each of which another incident of
/// that rule, application and beginning is there already: nothing was changed of it then, but for
/// the id.
[[nodiscard]] Result<std::vector<bool>> SaveAlerts(mysql::Connection& connection,
                                                   std::span<Alert* const> alerts);

/// The columns of `alerts a` that AlertAt reads, in its order.
inline constexpr const char* kAlertColumns =
    "a.id, a.severity, a.started_at, a.fired_at, a.ended_at, a.summary, a.peak, a.evidence,"
    " a.judged";

/// The alert of `rule` and `application` whose kAlertColumns begin at column `first`.
[[nodiscard]] Alert AlertAt(const mysql::Rows& rows, unsigned first, std::string rule,
                            std::string application);

/// One alert; nullopt: there is none of that id.
[[nodiscard]] Result<std::optional<Alert>> LoadAlert(mysql::Connection& connection,
                                                     std::int64_t id);

/// What late data showed of an alert, as recorded by earlier passes, oldest first.
[[nodiscard]] Result<std::vector<std::string>> LoadLateNotes(mysql::Connection& connection,
                                                             std::int64_t alert_id);

}  // namespace mon::processor
