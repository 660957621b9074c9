#pragma once

#include <span>

#include "common/error.h"
#include "edge_state.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

/// Records what was told of `incidents` in tables alerts, alert_events and the outbox, in the
/// caller's open transaction. Incidents that nobody was told of are left out.
[[nodiscard]] Result<void> HandOver(mysql::Connection& connection,
                                    std::span<const EdgeIncident> incidents);

}  // namespace mon::data_aggregator
