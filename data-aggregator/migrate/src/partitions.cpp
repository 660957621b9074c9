#include <fmt/format.h>

#include <algorithm>

#include "common/text.h"
#include "data_aggregator/gentle.h"
#include "data_aggregator/migrate.h"

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kDay = 86'400;

struct Missing {
  std::string last;                ///< the partition for all that lies ahead
  std::uint64_t rows_ahead = 0;    ///< in it, the server's estimate
  std::vector<std::int64_t> days;  ///< epoch seconds of their beginnings
};

Result<Missing> FindMissing(mysql::Connection& connection, TimePoint now, int days_ahead) {
  auto rows = connection.Query(
      "SELECT partition_name, partition_description, COALESCE(table_rows, 0) FROM "
      "information_schema.partitions"
      " WHERE table_schema = DATABASE() AND table_name = 'zabbix_history'"
      " AND partition_name IS NOT NULL ORDER BY partition_ordinal_position");
  if (!rows) return std::unexpected(rows.error());
  Missing missing;
  const std::int64_t today = EpochSeconds(now) / kDay * kDay;
  // The first partition of all takes whatever is older: a first run reads back over midnight.
  std::int64_t next = today - kDay;
  while (rows->Next()) {
    if (rows->Text(1) == "MAXVALUE") {
      missing.last = rows->Text(0);
      missing.rows_ahead = rows->Uint(2);
    } else {
      next = ParseInt(rows->Text(1)).value_or(next) / kDay * kDay;
    }
  }
  if (missing.last.empty()) return missing;
  for (; next <= today + days_ahead * kDay; next += kDay) missing.days.push_back(next);
  return missing;
}

/// "20261123" of the day that begins then.
std::string DayName(std::int64_t day) {
  std::string name = FormatUtc(day).substr(0, 10);
  std::erase(name, '-');
  return name;
}

}  // namespace

Result<int> CountMissingPartitions(mysql::Connection& connection, TimePoint now, int days_ahead) {
  const auto missing = FindMissing(connection, now, days_ahead);
  if (!missing) return std::unexpected(missing.error());
  return static_cast<int>(missing->days.size());
}

Result<int> MakePartitionsAhead(mysql::Connection& connection, TimePoint now, int days_ahead,
                                std::uint64_t most_moved) {
  const auto missing = FindMissing(connection, now, days_ahead);
  if (!missing) return std::unexpected(missing.error());
  if (missing->days.empty()) return 0;
  if (missing->rows_ahead > most_moved)
    return Fail(ErrorCode::kTimeout,
                fmt::format("about {} rows lie ahead of the partitions: moving them would hold "
                            "writers up for long",
                            missing->rows_ahead));
  std::string parts;
  for (const std::int64_t day : missing->days)
    parts += fmt::format("PARTITION p{} VALUES LESS THAN ({}), ", DayName(day), day + kDay);
  Gentle gentle(connection, std::chrono::seconds(5), [](const std::string&) {});
  const auto done =
      gentle.Execute(fmt::format("ALTER TABLE zabbix_history REORGANIZE PARTITION {} INTO"
                                 " ({}PARTITION p_ahead VALUES LESS THAN MAXVALUE)",
                                 missing->last, parts));
  if (!done) return std::unexpected(done.error());
  return static_cast<int>(missing->days.size());
}

}  // namespace mon::data_aggregator
