#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

using Day = std::chrono::sys_days;  ///< of UTC

/// "2025-06-15"; kUsage with what was expected otherwise.
[[nodiscard]] Result<Day> ParseDay(std::string_view text);
[[nodiscard]] std::string DayText(Day day);

/// The tables that have an archive.
[[nodiscard]] std::vector<std::string> ArchivedTables();

struct RetentionOptions {
  RetentionConfig keep;                 ///< `directory` must be set
  TimePoint now{};                      ///< or the server's clock, whichever is behind
  bool dry_run = false;                 ///< says what would be done, changes nothing
  std::chrono::seconds patience{60};    ///< how long it tries to get a table, see Gentle
  std::chrono::milliseconds pause{50};  ///< between two batches of rows that are deleted
  /// Told each step before it is done, and now and then how far a long one is.
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

struct RetentionReport {
  std::vector<std::string> done;  ///< one line a step; with dry_run what would be done
  std::vector<Error> errors;      ///< one table that fails does not stop the others
};

/// Moves rows of whole days that are older than `keep` from the tables to compressed files.
///
/// A row leaves its table only when a file that was synced to the disk, read back and compared with
/// the table holds it with all its values. Each step can be cut off at any moment, by SIGKILL too;
/// the next call goes on from there, and ends the same. Nobody who writes waits for more than a
/// moment: where the table cannot be had soon, the day stays for the next call.
///
/// zabbix_history: day by day, each partition is archived, exchanged for an empty one, compared
/// once more, and dropped; empty ones at the beginning become one, `p_archived`. It takes values of
/// archived days that come late: they are archived as a further file of their day. The other tables
/// are emptied row by row in small batches. The newest row of hyphenmon_metrics always stays: the
/// processor knows by it that ids have not begun anew.
///
/// What detectors have learnt of series without a value since `keep.history`, two weeks at least,
/// is deleted and not archived; that time is counted back from the newest value that any has
/// learnt.
///
/// `connection` is that of the admin account, without limits of time (AdminOptions). Errors: kBusy
/// where another retention or a migration is at work, kConfig where the schema is too old; all
/// others are in the report: kIo (disk full), kInvalidData and kNotFound (a damaged or missing file
/// of the archive), kTimeout (a long transaction has the table), kRejected (rights).
[[nodiscard]] Result<RetentionReport> Retain(mysql::Connection& connection,
                                             const RetentionOptions& options);

struct RestoreOptions {
  std::filesystem::path directory;  ///< of the archive
  Day day{};
  std::vector<std::string> tables;           ///< empty: all that have an archive of the day
  std::chrono::seconds keep{7 * 24 * 3600};  ///< how long retention leaves the day in its table
  bool dry_run = false;
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

/// Brings a day back from its files, once all of them have proved whole; one line for each table.
///
/// Rows that are in the table already stay as they are there, so it can be repeated and cut off at
/// will. Restored samples keep their ids, which the processor has finished with: they raise no
/// alert. Errors: kNotFound where the day has no file or one cannot be read, kInvalidData where one
/// is damaged, kBusy as above, kConfig where the ids are not of this database.
[[nodiscard]] Result<std::vector<std::string>> Restore(mysql::Connection& connection,
                                                       const RestoreOptions& options);

}  // namespace mon::data_aggregator
