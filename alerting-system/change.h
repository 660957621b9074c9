#pragma once

#include "mysql/transact.h"

namespace mon::alerting_system {

/// As mysql::Transact; a dry run does the same and is rolled back.
template <typename Work>
auto Change(mysql::Connection& connection, bool dry_run, Work work) -> decltype(work()) {
  if (!dry_run) return mysql::Transact(connection, work);
  const auto rolled_back = mysql::Transaction::Begin(connection);
  if (!rolled_back) return std::unexpected(rolled_back.error());
  return work();
}

}  // namespace mon::alerting_system
