#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

struct MigrateOptions {
  bool dry_run = false;  ///< says what would be done, changes nothing
  int days_ahead = 7;    ///< partitions of zabbix_history made ahead
  TimePoint now{};       ///< decides which days those are
  /// How long a statement that needs a table for a moment tries to get it, one second at a time,
  /// so that nobody who writes waits longer than that.
  std::chrono::seconds patience{300};
  /// Told each step before it is done, and now and then how far a long one is.
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

struct MigrateResult {
  std::vector<std::string> done;  ///< one line a step; with dry_run what would be done
  std::string version;            ///< of the schema afterwards, "1.0"
};

/// Brings the database of `connection` up to date: what is missing is applied once, whole or in
/// steps that a next call goes on from; with nothing missing it changes nothing.
///
/// A database with the old two tables, or with tables made by another hand, is taken over: every
/// row and every value of the old columns stays as it is. Writers are never held up for long: rows
/// can be inserted all the while.
/// `connection` is that of the admin account, without limits of time (AdminOptions).
/// Errors: kBusy (another migration runs), kConfig (the database is newer than this program, or a
/// table is in a way), kRejected (a right is missing; the message says which), kTimeout (a long
/// transaction of somebody else never let go of a table).
[[nodiscard]] Result<MigrateResult> Migrate(mysql::Connection& connection,
                                            const MigrateOptions& options);

/// The options to open the connection for Migrate with: admin account, no limit of time.
[[nodiscard]] mysql::ConnectOptions AdminOptions();

/// How many day partitions of zabbix_history are missing from today (UTC) to `days_ahead` days from
/// now: one cheap query, with any account.
[[nodiscard]] Result<int> CountMissingPartitions(mysql::Connection& connection, TimePoint now,
                                                 int days_ahead = 7);

/// Makes them, and gives how many; rows that lie in the last partition already are moved into their
/// days. Needs the right ALTER (admin account; kRejected otherwise) and takes the table for a
/// moment: kTimeout after 5 s in which it could not be had. Nothing is lost without them: what lies
/// ahead goes into the last partition. Writers wait while rows are moved: with more than about
/// `most_moved` of them (by the server's estimate) it is not done, kTimeout.
[[nodiscard]] Result<int> MakePartitionsAhead(
    mysql::Connection& connection, TimePoint now, int days_ahead = 7,
    std::uint64_t most_moved = std::numeric_limits<std::uint64_t>::max());

}  // namespace mon::data_aggregator
