#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "archive.h"
#include "data_aggregator/retention.h"
#include "day_reader.h"
#include "leases.h"
#include "mysql/schema.h"
#include "tables.h"

namespace mon::data_aggregator {
namespace {

using archive::DayReader;
using archive::Part;
using archive::RowFormat;
using archive::Table;
using mysql::Value;

constexpr std::size_t kRowsAtOnce = 1000;
constexpr int kAttempts = 10;
constexpr std::uint64_t kTellEach = 250'000;

/// A day of one table in the archive, proved whole.
struct ArchivedDay {
  const Table* table;
  std::vector<Part> parts;
  std::uint64_t rows = 0;
  std::int64_t highest_id = 0;  ///< of a table whose key ends with the column `id`
};

Result<ArchivedDay> Examine(const archive::Archive& archive, const Table& table, Day day) {
  auto parts = archive.Parts(table, day);
  if (!parts) return std::unexpected(parts.error());
  ArchivedDay archived{.table = &table, .parts = *std::move(parts)};
  auto reader = DayReader::Open(archived.parts);
  if (!reader) return std::unexpected(reader.error());
  const bool by_id = table.primary == std::vector<std::string>{"id"};
  for (;;) {
    const auto line = reader->Next();
    if (!line) return std::unexpected(line.error());
    if (line->text == nullptr) return archived;
    ++archived.rows;
    const auto values = line->format->Values(*line->text);
    if (!values)
      return Fail(ErrorCode::kInvalidData, fmt::format("row {} of {} of {} cannot be read",
                                                       archived.rows, table.name, DayText(day)));
    if (!by_id) continue;
    const auto id = line->format->ValuesOf(*line->text, table.primary).front();
    if (const auto* number = std::get_if<std::int64_t>(&id))
      archived.highest_id = std::max(archived.highest_id, *number);
  }
}

/// Samples with ids that were never given out here would look new to the processor, and raise
/// alerts about a day that is long over.
Result<void> CheckIds(mysql::Connection& connection, const ArchivedDay& day) {
  if (day.table != &archive::Metrics()) return {};
  auto rows = connection.Query(
      "SELECT GREATEST((SELECT COALESCE(MAX(id), 0) FROM hyphenmon_metrics),"
      " (SELECT COALESCE(MAX(last_id), 0) FROM processed_ranges))");
  if (!rows) return std::unexpected(rows.error());
  if (rows->Next() && day.highest_id <= rows->Int(0)) return {};
  return Fail(ErrorCode::kConfig,
              fmt::format("the archive has rows of hyphenmon_metrics up to id {}, this database "
                          "has given out ids up to {} only: the archive is of another one",
                          day.highest_id, rows->Int(0)));
}

/// Puts the rows of one day back.
class Restoring {
 public:
  Restoring(mysql::Connection& connection, const mysql::Lease& lease, const RestoreOptions& options,
            const ArchivedDay& day)
      : connection_(connection), lease_(lease), options_(options), day_(day) {}

  /// How many were not in the table.
  Result<std::uint64_t> Run() {
    if (auto kept = KeepDay(); !kept) return std::unexpected(kept.error());
    auto reader = DayReader::Open(day_.parts);
    if (!reader) return std::unexpected(reader.error());
    std::uint64_t rows = 0;
    for (;;) {
      const auto line = reader->Next();
      if (!line) return std::unexpected(line.error());
      // Parts may differ in their columns, where the schema has grown.
      const bool other =
          format_ && (line->text == nullptr || line->format->Columns() != format_->Columns());
      if (other || count_ == kRowsAtOnce)
        if (auto written = Write(); !written) return std::unexpected(written.error());
      if (line->text == nullptr) return inserted_;
      if (!format_ || other) format_ = *line->format;
      auto values = line->format->Values(*line->text);
      if (!values) return Fail(ErrorCode::kInvalidData, "the archive changed meanwhile");
      std::ranges::move(*values, std::back_inserter(values_));
      ++count_;
      if (++rows % kTellEach == 0)
        options_.progress(
            fmt::format("{} {}: {} rows", day_.table->name, DayText(options_.day), rows));
    }
  }

 private:
  Result<void> KeepDay() {
    const auto kept = connection_.Execute(
        "INSERT INTO restored_days (table_name, day, keep_until)"
        " VALUES (?, ?, NOW(3) + INTERVAL ? SECOND)"
        " ON DUPLICATE KEY UPDATE restored_at = NOW(3), keep_until = VALUES(keep_until)",
        {day_.table->name, DayText(options_.day), std::int64_t{options_.keep.count()}});
    if (!kept) return std::unexpected(kept.error());
    return {};
  }

  /// The rows at hand, in one transaction; what is in the table already stays as it is there.
  Result<void> Write() {
    for (int attempt = 0; count_ > 0; ++attempt) {
      const auto inserted = WriteOnce();
      if (inserted) {
        inserted_ += *inserted;
        break;
      }
      if (!connection_.LastErrorWasConflict() || attempt == kAttempts)
        return std::unexpected(inserted.error());
    }
    values_.clear();
    count_ = 0;
    return {};
  }

  Result<std::uint64_t> WriteOnce() {
    auto transaction = mysql::Transaction::Begin(connection_);
    if (!transaction) return std::unexpected(transaction.error());
    const std::string& first = day_.table->primary.front();
    const auto inserted = connection_.InsertRows(
        fmt::format("INSERT INTO {} ({})", day_.table->name, format_->ColumnList()),
        format_->Columns().size(), values_,
        fmt::format("ON DUPLICATE KEY UPDATE {0} = {1}.{0}", first, day_.table->name),
        mysql::NewIds::kNone);  // they are in the archive
    if (!inserted) return inserted;
    if (auto held = lease_.CheckInTransaction(connection_); !held)
      return std::unexpected(held.error());
    if (auto committed = transaction->Commit(); !committed)
      return std::unexpected(committed.error());
    return inserted;
  }

  mysql::Connection& connection_;
  const mysql::Lease& lease_;
  const RestoreOptions& options_;
  const ArchivedDay& day_;
  std::optional<RowFormat> format_;  ///< of the rows at hand
  std::vector<Value> values_;
  std::size_t count_ = 0;
  std::uint64_t inserted_ = 0;
};

Result<std::vector<ArchivedDay>> ExamineAll(const RestoreOptions& options) {
  const archive::Archive archive(options.directory);
  std::vector<ArchivedDay> days;
  for (const std::string& name : options.tables.empty() ? ArchivedTables() : options.tables) {
    const Table* table = archive::FindTable(name);
    if (table == nullptr)
      return Fail(ErrorCode::kUsage, fmt::format("{} has no archive: expected {}", name,
                                                 fmt::join(ArchivedTables(), ", ")));
    options.progress(fmt::format("{} {}: checking the files", name, DayText(options.day)));
    auto day = Examine(archive, *table, options.day);
    if (!day) return std::unexpected(day.error());
    if (!day->parts.empty()) days.push_back(*std::move(day));
  }
  if (days.empty())
    return Fail(
        ErrorCode::kNotFound,
        fmt::format("{} has no files of {}", options.directory.string(), DayText(options.day)));
  return days;
}

std::string Told(const RestoreOptions& options, const ArchivedDay& day, std::string_view what) {
  return fmt::format("{} {}: {}", day.table->name, DayText(options.day), what);
}

}  // namespace

Result<std::vector<std::string>> Restore(mysql::Connection& connection,
                                         const RestoreOptions& options) {
  const auto days = ExamineAll(options);
  if (!days) return std::unexpected(days.error());
  if (auto schema = mysql::CheckSchema(connection); !schema) return std::unexpected(schema.error());
  for (const ArchivedDay& day : *days)
    if (auto good = CheckIds(connection, day); !good) return std::unexpected(good.error());
  std::vector<std::string> done;
  if (options.dry_run) {
    for (const ArchivedDay& day : *days)
      done.push_back(Told(
          options, day,
          fmt::format("{} rows in {} files would be brought back", day.rows, day.parts.size())));
    return done;
  }
  // Every value that was in a table can be written again: id 0, times of zeros.
  if (auto mode = connection.Execute(
          "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES'");
      !mode)
    return std::unexpected(mode.error());
  const auto lease = archive::TakeLease(connection);
  if (!lease) return std::unexpected(lease.error());
  for (const ArchivedDay& day : *days) {
    const auto inserted = Restoring(connection, *lease, options, day).Run();
    if (!inserted) {
      (void)lease->Release(connection);
      return Context(Told(options, day, "not all rows were brought back"), inserted.error());
    }
    done.push_back(
        Told(options, day,
             fmt::format("{} rows brought back, {} were there", *inserted, day.rows - *inserted)));
  }
  (void)lease->Release(connection);
  return done;
}

}  // namespace mon::data_aggregator
