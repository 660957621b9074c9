#pragma once

#include <fmt/format.h>

#include <set>
#include <string>

#include "support/mariadb_server.h"

namespace mon::test {

/// Records the statements of one account while it lives.
class StatementLog {
 public:
  StatementLog(TestDatabase& db, Account account) : db_(db), user_(db.Config(account).user) {
    db_.Execute("TRUNCATE mysql.general_log");
    db_.Execute("SET GLOBAL log_output = 'TABLE'");
    db_.Execute("SET GLOBAL general_log = 1");
  }
  ~StatementLog() {
    db_.Execute("SET GLOBAL general_log = 0");
    db_.Execute("SET GLOBAL log_output = 'FILE'");
  }
  StatementLog(const StatementLog&) = delete;
  StatementLog& operator=(const StatementLog&) = delete;

  [[nodiscard]] std::set<std::string> Statements() const {
    std::set<std::string> statements;
    for (const auto& row : db_.Query(
             fmt::format("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log"
                         " WHERE command_type IN ('Query', 'Execute') AND user_host LIKE '%{}%'",
                         user_)))
      statements.insert(row.front());
    return statements;
  }

 private:
  TestDatabase& db_;
  std::string user_;
};

}  // namespace mon::test
