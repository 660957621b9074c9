#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data_aggregator/retention.h"
#include "mysql/connection.h"

namespace mon::data_aggregator::archive {

/// A table whose old rows are archived by day.
struct Table {
  std::string name;
  std::string day_column;            ///< decides which day a row belongs to; has an index
  bool epoch = false;                ///< that column is in epoch seconds, else it is a TIMESTAMP
  std::vector<std::string> primary;  ///< the primary key
  std::vector<std::string> key;      ///< the order of an index, unique: rows are read by it
};

[[nodiscard]] const Table& History();
[[nodiscard]] const Table& Metrics();
[[nodiscard]] const Table& Quarantined();
[[nodiscard]] const Table* FindTable(const std::string& name);

/// Where rows are read from: a table, one of its partitions, or a table of the same columns.
struct Source {
  const Table& table;
  std::string from;       ///< "zabbix_history PARTITION (p20250615)"
  std::string condition;  ///< that all rows must meet; empty: none
};

/// An SQL condition: the row belongs to `day`.
[[nodiscard]] std::string OnDay(const Table& table, Day day);

struct DayCount {
  Day day{};
  std::uint64_t rows = 0;
};

/// The days of which the source has rows, before `before` where that is given, ascending.
[[nodiscard]] Result<std::vector<DayCount>> CountDays(mysql::Connection& connection,
                                                      const Source& source,
                                                      std::optional<Day> before = std::nullopt);

}  // namespace mon::data_aggregator::archive
