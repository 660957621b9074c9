#include "history_partitions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/text.h"
#include "data_aggregator/gentle.h"

namespace mon::data_aggregator::archive {
namespace {

/// Copied in a blink.
constexpr std::uint64_t kFewRows = 10'000;

Day DayOf(std::int64_t epoch) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(epoch)));
}

std::int64_t EpochOf(Day day) { return EpochSeconds(TimePoint(day)); }

/// At most `limit`.
Result<std::uint64_t> CountUpTo(mysql::Connection& connection, const Partition& partition,
                                std::uint64_t limit) {
  auto rows = connection.Query(fmt::format("SELECT COUNT(*) FROM (SELECT 1 FROM {} LIMIT {}) t",
                                           partition.Rows().from, limit));
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Uint(0) : 0;
}

}  // namespace

Source Partition::Rows() const {
  return {.table = History(),
          .from = fmt::format("{} PARTITION ({})", History().name, name),
          .condition = {}};
}

Result<std::vector<Partition>> ReadPartitions(mysql::Connection& connection) {
  auto rows = connection.Query(
      "SELECT partition_name, COALESCE(partition_method, ''), COALESCE(partition_expression, ''),"
      " COALESCE(partition_description, '') FROM information_schema.partitions"
      " WHERE table_schema = DATABASE() AND table_name = ? ORDER BY partition_ordinal_position",
      {History().name});
  if (!rows) return std::unexpected(rows.error());
  std::vector<Partition> partitions;
  Day first = Day::min();
  while (rows->Next()) {
    std::string expression = rows->Text(2);
    std::erase(expression, '`');
    if (rows->IsNull(0) || rows->Text(1) != "RANGE" || expression != History().day_column)
      return Fail(ErrorCode::kConfig,
                  "zabbix_history is not partitioned by clock: its rows cannot be archived");
    const auto end = ParseInt(rows->Text(3));
    if (!end) continue;  // MAXVALUE
    partitions.push_back({rows->Text(0), first, DayOf(*end)});
    first = DayOf(*end);
  }
  return partitions;
}

Result<std::vector<std::string>> TablesTakenOut(mysql::Connection& connection) {
  std::string pattern;
  for (const char c : std::string_view(kTakenOut)) {
    if (c == '_') pattern += '\\';  // which LIKE would take for any character
    pattern += c;
  }
  auto rows = connection.Query(
      "SELECT table_name FROM information_schema.tables"
      " WHERE table_schema = DATABASE() AND table_name LIKE ? ORDER BY table_name",
      {pattern + "%"});
  if (!rows) return std::unexpected(rows.error());
  std::vector<std::string> tables;
  while (rows->Next()) tables.push_back(rows->Text(0));
  return tables;
}

Result<std::string> MakeTableFor(mysql::Connection& connection, const Partition& partition) {
  const std::string table = kTakenOut + partition.name;
  const auto made =
      connection.Execute(fmt::format("CREATE TABLE {} LIKE {}", table, History().name));
  if (!made) return std::unexpected(made.error());
  const auto plain = connection.Execute(fmt::format("ALTER TABLE {} REMOVE PARTITIONING", table));
  if (!plain) return std::unexpected(plain.error());
  return table;
}

Result<void> TakeOut(mysql::Connection& connection, const Partition& partition,
                     const std::string& table, const RetentionOptions& options) {
  Gentle gentle(connection, options.patience, options.progress);
  return gentle.Execute(fmt::format("ALTER TABLE {} EXCHANGE PARTITION {} WITH TABLE {}",
                                    History().name, partition.name, table));
}

Result<void> MergeArchived(mysql::Connection& connection, Day before,
                           const RetentionOptions& options) {
  const auto partitions = ReadPartitions(connection);
  if (!partitions) return std::unexpected(partitions.error());
  std::vector<std::string> names;
  Day end{};
  std::uint64_t moved = 0;
  for (const Partition& partition : *partitions) {
    if (partition.end > before) break;
    const auto rows = CountUpTo(connection, partition, kFewRows + 1);
    if (!rows) return std::unexpected(rows.error());
    moved += *rows;
    if (moved > kFewRows) break;
    names.push_back(partition.name);
    end = partition.end;
  }
  if (names.empty() || (names.size() == 1 && names.front() == kArchived)) return {};
  Gentle gentle(connection, options.patience, options.progress);
  return gentle.Execute(fmt::format(
      "ALTER TABLE {} REORGANIZE PARTITION {} INTO (PARTITION {} VALUES LESS THAN ({}))",
      History().name, fmt::join(names, ", "), kArchived, EpochOf(end)));
}

}  // namespace mon::data_aggregator::archive
