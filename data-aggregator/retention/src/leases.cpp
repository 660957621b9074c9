#include "leases.h"

namespace mon::data_aggregator::archive {
namespace {

/// Renewed with each day; an owner on this host that has died is replaced at once anyway.
constexpr std::chrono::hours kLease{1};

}  // namespace

Result<mysql::Lease> TakeLease(mysql::Connection& connection) {
  const auto migrating = mysql::Lease::IsHeld(connection, "migration");
  if (!migrating) return std::unexpected(migrating.error());
  if (*migrating) return Fail(ErrorCode::kBusy, "the schema is being migrated");
  return mysql::Lease::Acquire(connection, "retention", kLease);
}

}  // namespace mon::data_aggregator::archive
