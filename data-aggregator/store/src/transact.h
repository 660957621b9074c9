#pragma once

#include <utility>

#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::data_aggregator {

/// Runs `work` in a transaction that commits only while `lease` is ours; once more, from the
/// beginning, where other transactions were in its way. `work` gives a Result.
template <typename Work>
auto Transact(mysql::Connection& connection, const mysql::Lease& lease, Work work)
    -> decltype(work()) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    auto transaction = mysql::Transaction::Begin(connection);
    if (!transaction) return std::unexpected(transaction.error());
    auto result = work();
    Result<void> committed;
    if (result) committed = lease.CheckInTransaction(connection);
    if (result && committed) committed = transaction->Commit();
    if (result && committed) return result;
    if (!connection.LastErrorWasConflict() || attempt == kAttempts)
      return std::unexpected(result ? committed.error() : result.error());
  }
}

}  // namespace mon::data_aggregator
