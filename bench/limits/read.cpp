// The limit of reading: prepared statements of the C client, their binary rows taken one by one off
// the wire. limit_read TABLE [SERIES], the database in MYSQL_*; with SERIES, the history of so many
// items in the same stretches as ours, else all rows by one statement.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/rows.h"
#include "database.h"

namespace {

using namespace mon;  // NOLINT: a program of one file

struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};

/// Where the columns of a row land. A text that is longer than its buffer is of no use here.
class Row {
 public:
  void Add(enum_field_types type, void* buffer, unsigned long size = 8) {
    MYSQL_BIND& bind = binds_.at(count_);
    bind.buffer_type = type;
    bind.buffer = buffer;
    bind.buffer_length = size;
    bind.is_null = &nulls_.at(count_);
    bind.length = &lengths_.at(count_++);
  }
  MYSQL_BIND* Binds() { return binds_.data(); }

 private:
  static constexpr std::size_t kMost = 8;
  std::array<MYSQL_BIND, kMost> binds_{};
  std::array<my_bool, kMost> nulls_{};
  std::array<unsigned long, kMost> lengths_{};
  std::size_t count_ = 0;
};

/// Gives the number of rows.
std::size_t Read(MYSQL& connection, const std::string& sql, Row& row) {
  const std::unique_ptr<MYSQL_STMT, CloseStatement> statement(mysql_stmt_init(&connection));
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0 ||
      mysql_stmt_execute(statement.get()) != 0 ||
      mysql_stmt_bind_result(statement.get(), row.Binds()) != 0)
    throw std::runtime_error(mysql_stmt_error(statement.get()));
  std::size_t count = 0;
  int fetched = 0;
  while ((fetched = mysql_stmt_fetch(statement.get())) == 0 || fetched == MYSQL_DATA_TRUNCATED)
    ++count;
  if (fetched != MYSQL_NO_DATA) throw std::runtime_error("reading ended early");
  return count;
}

// The same columns as ours.
constexpr const char* kSamples =
    "SELECT id, timestamp, response_time_ms + 0e0, error_rate + 0e0, application,"
    " CAST(UNIX_TIMESTAMP(recorded_at) AS SIGNED) FROM hyphenmon_metrics"
    " FORCE INDEX (PRIMARY) ORDER BY id";
constexpr const char* kValues = "SELECT itemid, clock, value FROM zabbix_history";
constexpr const char* kInOrder = "ORDER BY itemid, clock, ns";

/// The rows in the order in which ours come: of an hour after the other, 500 items a statement.
std::vector<std::string> Hours(MYSQL& connection, std::size_t series) {
  constexpr std::int64_t kSecondsAPage = 3600;
  constexpr std::size_t kItemsAQuery = 500;
  std::array<std::int64_t, 2> bounds{};
  Row row;
  row.Add(MYSQL_TYPE_LONGLONG, &bounds[0]);
  row.Add(MYSQL_TYPE_LONGLONG, &bounds[1]);
  Read(connection,
       fmt::format("SELECT MIN(clock), MAX(clock) FROM zabbix_history WHERE itemid = {}",
                   bench::ItemId(0)),
       row);
  std::vector<std::string> statements;
  for (std::int64_t from = bounds[0]; from <= bounds[1]; from += kSecondsAPage) {
    for (std::size_t i = 0; i < series; i += kItemsAQuery) {
      std::vector<std::uint64_t> items;
      for (std::size_t j = i; j < std::min(series, i + kItemsAQuery); ++j)
        items.push_back(bench::ItemId(j));
      statements.push_back(fmt::format("{} WHERE itemid IN ({}) AND clock BETWEEN {} AND {} {}",
                                       kValues, fmt::join(items, ","), from,
                                       from + kSecondsAPage - 1, kInOrder));
    }
  }
  return statements;
}

double Run(const std::string& table, std::size_t series) {
  const bench::RawConnection connection = bench::Connect();
  std::array<std::int64_t, 3> integers{};
  std::array<double, 2> numbers{};
  std::array<char, 256> text{};
  Row row;
  row.Add(MYSQL_TYPE_LONGLONG, &integers[0]);
  row.Add(MYSQL_TYPE_LONGLONG, &integers[1]);
  row.Add(MYSQL_TYPE_DOUBLE, &numbers[0]);
  std::vector<std::string> statements;
  if (table == "hyphenmon_metrics") {
    row.Add(MYSQL_TYPE_DOUBLE, &numbers[1]);
    row.Add(MYSQL_TYPE_STRING, text.data(), text.size());
    row.Add(MYSQL_TYPE_LONGLONG, &integers[2]);
    statements = {kSamples};
  } else if (series == 0) {
    statements = {fmt::format("{} {}", kValues, kInOrder)};
  } else {
    statements = Hours(*connection, series);
  }
  std::size_t count = 0;
  const double begun = bench::Now();
  for (const auto& sql : statements) count += Read(*connection, sql, row);
  const double seconds = bench::Now() - begun;
  if (count == 0) throw std::runtime_error("no rows");
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    fmt::print(stderr, "usage: limit_read TABLE [SERIES]\n");
    return 64;
  }
  return bench::Report("limit_read",
                       [&] { return Run(argv[1], argc > 2 ? std::stoul(argv[2]) : 0); });
}
