// The limit of reading: one prepared statement of the C client, its binary rows taken one by one
// off the wire. limit_read TABLE, the database in MYSQL_*.

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <string>

#include "bench/measure.h"
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

double Read(const std::string& sql, Row& row) {
  const bench::RawConnection connection = bench::Connect();
  const double begun = bench::Now();
  const std::unique_ptr<MYSQL_STMT, CloseStatement> statement(mysql_stmt_init(connection.get()));
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0 ||
      mysql_stmt_execute(statement.get()) != 0 ||
      mysql_stmt_bind_result(statement.get(), row.Binds()) != 0)
    throw std::runtime_error(mysql_stmt_error(statement.get()));
  std::size_t count = 0;
  int fetched = 0;
  while ((fetched = mysql_stmt_fetch(statement.get())) == 0 || fetched == MYSQL_DATA_TRUNCATED)
    ++count;
  if (fetched != MYSQL_NO_DATA || count == 0) throw std::runtime_error("reading ended early");
  return bench::Now() - begun;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: limit_read TABLE\n");
    return 64;
  }
  return bench::Report("limit_read", [&] {
    std::array<std::int64_t, 4> integers{};
    double number = 0;
    std::array<char, 256> text{};
    Row row;
    const bool metrics = std::string(argv[1]) == "hyphenmon_metrics";
    row.Add(MYSQL_TYPE_LONGLONG, &integers[0]);
    row.Add(MYSQL_TYPE_LONGLONG, &integers[1]);
    row.Add(MYSQL_TYPE_DOUBLE, &number);
    if (metrics) {
      row.Add(MYSQL_TYPE_DOUBLE, &number);
      row.Add(MYSQL_TYPE_STRING, text.data(), text.size());
      row.Add(MYSQL_TYPE_LONGLONG, &integers[2]);
    } else {
      row.Add(MYSQL_TYPE_LONGLONG, &integers[2]);
      row.Add(MYSQL_TYPE_STRING, text.data(), text.size());
    }
    // The same columns and the same order as ours.
    return Read(metrics
                    ? "SELECT id, timestamp, response_time_ms + 0e0, error_rate + 0e0, application,"
                      " CAST(UNIX_TIMESTAMP(recorded_at) AS SIGNED) FROM hyphenmon_metrics"
                      " FORCE INDEX (PRIMARY) ORDER BY id"
                    : "SELECT itemid, clock, value, value_uint, value_text FROM zabbix_history"
                      " ORDER BY itemid, clock, ns",
                row);
  });
}
