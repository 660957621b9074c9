#include "data_aggregator/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "archiver.h"
#include "common/text.h"
#include "history_partitions.h"
#include "learnt_states.h"
#include "leases.h"
#include "mysql/schema.h"
#include "tables.h"

namespace mon::data_aggregator {
namespace {

using archive::Archiver;
using archive::DayCount;
using archive::Partition;
using archive::Source;
using archive::Table;

constexpr const char* kHistory = "zabbix_history";

/// One call of Retain. `lease` and `archiver` are null in a dry run.
class Retention {
 public:
  Retention(mysql::Connection& connection, const RetentionOptions& options,
            const mysql::Lease* lease, Archiver* archiver)
      : connection_(connection), options_(options), lease_(lease), archiver_(archiver) {}

  Result<RetentionReport> Run() {
    if (auto read = ReadRestoredDays(); !read) return std::unexpected(read.error());
    Note(History());
    Note(Rows(archive::Metrics(), options_.keep.metrics));
    Note(Rows(archive::Quarantined(), options_.keep.quarantine));
    Note(States());
    return std::move(report_);
  }

 private:
  [[nodiscard]] Day Cutoff(std::chrono::seconds age) const {
    return std::chrono::floor<std::chrono::days>(options_.now - age);
  }

  void Note(const Result<void>& outcome) {
    if (!outcome) report_.errors.push_back(outcome.error());
  }

  void Done(std::string line) {
    options_.progress(line);
    report_.done.push_back(std::move(line));
  }

  /// Days that were brought back, and that are to stay for now.
  Result<void> ReadRestoredDays() {
    if (!options_.dry_run) {
      const auto over = connection_.Execute("DELETE FROM restored_days WHERE keep_until <= NOW(3)");
      if (!over) return std::unexpected(over.error());
    }
    auto rows = connection_.Query(
        "SELECT table_name, DATEDIFF(day, '1970-01-01') FROM restored_days"
        " WHERE keep_until > NOW(3)");
    if (!rows) return std::unexpected(rows.error());
    while (rows->Next()) restored_[rows->Text(0)].insert(Day(std::chrono::days(rows->Int(1))));
    return {};
  }

  [[nodiscard]] bool IsRestored(const Table& table, Day day) const {
    const auto days = restored_.find(table.name);
    return days != restored_.end() && days->second.contains(day);
  }

  /// A table that is emptied row by row.
  Result<void> Rows(const Table& table, std::chrono::seconds age) {
    Source source{.table = table, .from = table.name, .condition = {}};
    if (&table == &archive::Metrics()) {
      auto newest = connection_.Query(fmt::format("SELECT MAX(id) FROM {}", table.name));
      if (!newest) return std::unexpected(newest.error());
      if (newest->Next()) source.condition = fmt::format("id <> {}", newest->Int(0));
    }
    return Rows(source, Cutoff(age));
  }

  Result<void> Rows(const Source& source, Day before) {
    const auto days = archive::CountDays(connection_, source, before);
    if (!days) return std::unexpected(days.error());
    for (const DayCount& day : *days) {
      if (IsRestored(source.table, day.day)) continue;
      const std::string name = fmt::format("{} {}", source.table.name, DayText(day.day));
      if (options_.dry_run) {
        Done(fmt::format("{}: {} rows would be archived and deleted", name, day.rows));
        continue;
      }
      const auto archived = archiver_->ArchiveDay(source, day.day);
      if (!archived) return Context(name, archived.error());
      const auto deleted = archiver_->DeleteArchived(source, day.day);
      if (!deleted) return Context(name, deleted.error());
      Done(fmt::format("{}: {} rows archived, {} deleted", name, *archived, *deleted));
    }
    return {};
  }

  Result<void> History() {
    const Day before = Cutoff(options_.keep.history);
    if (auto finished = FinishTablesTakenOut(); !finished) return finished;
    const auto partitions = archive::ReadPartitions(connection_);
    if (!partitions) return std::unexpected(partitions.error());
    for (const Partition& partition : *partitions) {
      if (partition.end > before) break;
      auto done = partition.name == archive::kArchived ? Rows(partition.Rows(), before)
                                                       : DropPartition(partition);
      if (!done) return done;
    }
    if (options_.dry_run) return {};
    auto merged = archive::MergeArchived(connection_, before, options_);
    return merged ? merged : Context(kHistory, merged.error());
  }

  Result<void> FinishTablesTakenOut() {
    const auto tables = archive::TablesTakenOut(connection_);
    if (!tables) return std::unexpected(tables.error());
    for (const std::string& table : *tables) {
      if (options_.dry_run) {
        Done(fmt::format("{}: what a run that was cut off has left would be finished", table));
        continue;
      }
      if (auto done = FinishTableTakenOut(table); !done) return Context(table, done.error());
    }
    return {};
  }

  /// The last word on rows that were written to the partition until it was taken out.
  Result<void> FinishTableTakenOut(const std::string& table) {
    const Source source{.table = archive::History(), .from = table, .condition = {}};
    if (auto archived = ArchiveDays(source); !archived) return std::unexpected(archived.error());
    const auto dropped = connection_.Execute("DROP TABLE " + table);
    if (!dropped) return std::unexpected(dropped.error());
    return {};
  }

  /// All of them: rows of older days may lie in the first partition.
  Result<std::uint64_t> ArchiveDays(const Source& source) {
    const auto days = archive::CountDays(connection_, source);
    if (!days) return std::unexpected(days.error());
    std::uint64_t rows = 0;
    for (const DayCount& day : *days) {
      if (auto archived = archiver_->ArchiveDay(source, day.day); !archived)
        return std::unexpected(archived.error());
      rows += day.rows;
    }
    return rows;
  }

  Result<void> DropPartition(const Partition& partition) {
    const auto restored = restored_.find(kHistory);
    const bool stays =
        restored != restored_.end() && std::ranges::any_of(restored->second, [&](Day day) {
          return day >= partition.first && day < partition.end;
        });
    if (stays) return {};
    const std::string name = fmt::format("{} {}", kHistory, partition.name);
    const auto days = archive::CountDays(connection_, partition.Rows());
    if (!days) return Context(name, days.error());
    std::uint64_t rows = 0;
    for (const DayCount& day : *days) rows += day.rows;
    if (rows == 0) return {};
    if (options_.dry_run) {
      Done(fmt::format("{}: {} rows would be archived and dropped", name, rows));
      return {};
    }
    options_.progress(fmt::format("{}: {} rows", name, rows));
    if (auto done = ArchiveAndDrop(partition); !done) return Context(name, done.error());
    Done(fmt::format("{}: {} rows archived and dropped", name, rows));
    return {};
  }

  Result<void> ArchiveAndDrop(const Partition& partition) {
    const auto table = archive::MakeTableFor(connection_, partition);
    if (!table) return std::unexpected(table.error());
    if (auto archived = ArchiveDays(partition.Rows()); !archived)
      return std::unexpected(archived.error());
    if (auto out = archive::TakeOut(connection_, partition, *table, options_); !out) return out;
    return FinishTableTakenOut(*table);
  }

  Result<void> States() {
    archive::LearntStates states(connection_, options_);
    const auto ended = options_.dry_run ? states.CountEnded() : states.DeleteEnded(*lease_);
    if (!ended) return Context("detector_states", ended.error());
    if (*ended > 0)
      Done(fmt::format("detector_states: {} rows {}deleted", *ended,
                       options_.dry_run ? "would be " : ""));
    return {};
  }

  mysql::Connection& connection_;
  const RetentionOptions& options_;
  const mysql::Lease* lease_;
  Archiver* archiver_;
  std::map<std::string, std::set<Day>> restored_;
  RetentionReport report_;
};

/// Where one of the clocks is wrong, nothing is taken for older than it is by the other one.
Result<TimePoint> EarlierClock(mysql::Connection& connection, TimePoint now) {
  auto rows = connection.Query("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");
  if (!rows) return std::unexpected(rows.error());
  if (!rows->Next()) return now;
  return std::min(now, TimePoint(std::chrono::milliseconds(rows->Int(0))));
}

}  // namespace

Result<RetentionReport> Retain(mysql::Connection& connection, const RetentionOptions& given) {
  const auto schema = mysql::CheckSchema(connection);
  if (!schema) return std::unexpected(schema.error());
  RetentionOptions options = given;
  const auto now = EarlierClock(connection, given.now);
  if (!now) return std::unexpected(now.error());
  options.now = *now;
  if (options.dry_run) return Retention(connection, options, nullptr, nullptr).Run();
  const auto lease = archive::TakeLease(connection);
  if (!lease) return std::unexpected(lease.error());
  Archiver archiver(connection, *lease, options,
                    fmt::format("{}.{}", schema->major, schema->minor));
  auto report = Retention(connection, options, &*lease, &archiver).Run();
  (void)lease->Release(connection);
  return report;
}

}  // namespace mon::data_aggregator
