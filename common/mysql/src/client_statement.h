#pragma once

#include <mysql.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "mysql/connection.h"

namespace mon::mysql {

/// A prepared statement of the client library. Every call may throw SessionError. The connection
/// must outlive it; what is left of an answer is taken off the wire with its end.
class ClientStatement {
 public:
  ClientStatement(MYSQL& connection, std::string_view sql);

  /// Gives the affected rows.
  std::uint64_t Execute(std::span<const Value> params);
  /// Once for each row of `columns` values, all of them in one packet and one statement of the
  /// server: a bulk operation, which only MariaDB has. Within a column all values are of one type,
  /// or NULL.
  std::uint64_t ExecuteForEach(std::size_t columns, std::span<const Value> values);

  [[nodiscard]] MYSQL_STMT& Handle() { return *statement_; }

 private:
  std::uint64_t Run(unsigned array_size, std::vector<MYSQL_BIND>& binds);

  struct Close {
    void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
  };
  std::unique_ptr<MYSQL_STMT, Close> statement_;
};

/// How many of `values` one ExecuteForEach takes: whole rows up to one with a value of another
/// type.
[[nodiscard]] std::size_t ValuesOfOneType(std::span<const Value> values, std::size_t columns);

/// The last error of a statement as ours.
[[noreturn]] void ThrowErrorOf(MYSQL_STMT& statement);

}  // namespace mon::mysql
