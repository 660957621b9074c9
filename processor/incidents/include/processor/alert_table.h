#pragma once

#include "common/error.h"
#include "mysql/connection.h"
#include "processor/alert.h"

namespace mon::processor {

/// Inserts or updates the alert and its new events, in the caller's transaction; a new one gets
/// its id, and is to be told (dispatch/telling_store.h). False where another incident of that rule,
/// application and beginning is there already: nothing was changed then, but for the id.
[[nodiscard]] Result<bool> SaveAlert(mysql::Connection& connection, Alert& alert);

}  // namespace mon::processor
