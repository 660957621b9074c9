#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "common/error.h"
#include "dispatch/priority.h"
#include "mysql/connection.h"

namespace mon::dispatch {

/// Columns alerts.priority and priority_parts. Errors are those of mysql::Connection.

/// How much each of `alerts` (ids) matters now, from its row and its history; those that are gone
/// are left out.
[[nodiscard]] Result<std::map<std::int64_t, Priority>> LoadPriorities(
    mysql::Connection& connection, std::span<const std::int64_t> alerts);

/// By id, in the caller's transaction.
[[nodiscard]] Result<void> SavePriorities(mysql::Connection& connection,
                                          const std::map<std::int64_t, Priority>& priorities);

}  // namespace mon::dispatch
