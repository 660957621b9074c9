#include "tables.h"

#include <fmt/format.h>

namespace mon::data_aggregator::archive {
namespace {

std::int64_t Epoch(Day day) { return EpochSeconds(TimePoint(day)); }

constexpr std::chrono::days kOneDay{1};

}  // namespace

const Table& History() {
  static const Table kTable{.name = "zabbix_history",
                            .day_column = "clock",
                            .epoch = true,
                            .primary = {"itemid", "clock", "ns"},
                            .key = {"itemid", "clock", "ns"}};
  return kTable;
}

const Table& Metrics() {
  static const Table kTable{.name = "hyphenmon_metrics",
                            .day_column = "recorded_at",
                            .primary = {"id"},
                            .key = {"recorded_at", "id"}};
  return kTable;
}

const Table& Quarantined() {
  static const Table kTable{
      .name = "quarantine", .day_column = "last_at", .primary = {"id"}, .key = {"last_at", "id"}};
  return kTable;
}

const Table* FindTable(const std::string& name) {
  for (const Table* table : {&History(), &Metrics(), &Quarantined()})
    if (table->name == name) return table;
  return nullptr;
}

std::string OnDay(const Table& table, Day day) {
  if (table.epoch)
    return fmt::format("{0} >= {1} AND {0} < {2}", table.day_column, Epoch(day),
                       Epoch(day + kOneDay));
  return fmt::format("{0} >= '{1} 00:00:00' AND {0} < '{2} 00:00:00'", table.day_column,
                     DayText(day), DayText(day + kOneDay));
}

Result<std::vector<DayCount>> CountDays(mysql::Connection& connection, const Source& source,
                                        std::optional<Day> before) {
  const Table& table = source.table;
  const std::string number =
      table.epoch ? fmt::format("CAST(FLOOR({} / 86400) AS SIGNED)", table.day_column)
                  : fmt::format("DATEDIFF({}, '1970-01-01')", table.day_column);
  // A time of zeros, which old tables may hold, is no day.
  std::string where = table.epoch ? "TRUE" : fmt::format("{} > '1970-01-02'", table.day_column);
  if (!source.condition.empty()) where += " AND " + source.condition;
  if (before)
    where += table.epoch
                 ? fmt::format(" AND {} < {}", table.day_column, Epoch(*before))
                 : fmt::format(" AND {} < '{} 00:00:00'", table.day_column, DayText(*before));
  auto rows = connection.Query(
      fmt::format("SELECT {} AS day_number, COUNT(*) FROM {} WHERE {} GROUP BY day_number"
                  " ORDER BY day_number",
                  number, source.from, where));
  if (!rows) return std::unexpected(rows.error());
  std::vector<DayCount> days;
  while (rows->Next()) days.push_back({Day(std::chrono::days(rows->Int(0))), rows->Uint(1)});
  return days;
}

}  // namespace mon::data_aggregator::archive

namespace mon::data_aggregator {

std::vector<std::string> ArchivedTables() {
  return {archive::History().name, archive::Metrics().name, archive::Quarantined().name};
}

}  // namespace mon::data_aggregator
