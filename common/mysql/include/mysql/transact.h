#pragma once

#include <utility>

#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::mysql {

/// Runs `work`, which gives a Result, in a transaction; up to twice more, from the beginning, where
/// other transactions were in its way (a deadlock, or at the commit another node of a cluster).
template <typename Work>
auto Transact(Connection& connection, Work work) -> decltype(work()) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    auto transaction = Transaction::Begin(connection);
    if (!transaction) return std::unexpected(transaction.error());
    auto result = work();
    Result<void> committed;
    if (result) committed = transaction->Commit();
    if (result && committed) return result;
    if (!connection.LastErrorWasConflict() || attempt == kAttempts)
      return std::unexpected(result ? committed.error() : result.error());
  }
}

/// So too, and commits only while `lease` is ours.
template <typename Work>
auto Transact(Connection& connection, const Lease& lease, Work work) -> decltype(work()) {
  return Transact(connection, [&]() -> decltype(work()) {
    auto result = work();
    if (!result) return result;
    if (auto ours = lease.CheckInTransaction(connection); !ours)
      return std::unexpected(ours.error());
    return result;
  });
}

}  // namespace mon::mysql
