#pragma once

#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::data_aggregator::archive {

/// The lease "retention", for retention and restore; kBusy where another one has it, and while a
/// migration is at work.
[[nodiscard]] Result<mysql::Lease> TakeLease(mysql::Connection& connection);

}  // namespace mon::data_aggregator::archive
