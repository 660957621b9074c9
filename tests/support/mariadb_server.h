#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/config.h"
#include "mysql/connection.h"
#include "support/child_process.h"

namespace mon::test {

/// The accounts of sql/accounts.sql, and the server's own.
enum class Account { kRoot, kAdmin, kAggregator, kProcessor, kGrafana };

/// A real database server of its own, for one test executable.
///
/// `Shared()` is started at its first use and ends with the process. It is the distribution's
/// MariaDB, or what MON_TEST_DATABASE says: further arguments of tests/servers/mariadb.py, such as
/// "--root ROOT --server mysql" (blanks separate).
class MariadbServer {
 public:
  static MariadbServer& Shared();

  /// One more server, with further arguments: {"--no-tls"}.
  explicit MariadbServer(const std::vector<std::string>& arguments = {});
  ~MariadbServer();

  [[nodiscard]] std::uint16_t Port() const;
  [[nodiscard]] std::string Socket() const;
  [[nodiscard]] std::string CaFile() const;  ///< of the authority that signed its certificate
  [[nodiscard]] std::string Version() const;
  [[nodiscard]] bool IsMysql() const;

  /// The configuration for an account on TCP without TLS. kRoot may do anything on the server.
  [[nodiscard]] MysqlConfig Config(Account account, const std::string& database) const;
  [[nodiscard]] TestServer& Server() { return *server_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<TestServer> server_;
};

/// A fresh database for one test: accounts of sql/accounts.sql of its own, tables by the real
/// migration. Dropped with the object.
class TestDatabase {
 public:
  struct Options {
    bool migrate = true;  ///< false: an empty database with its accounts
  };
  TestDatabase() : TestDatabase(MariadbServer::Shared(), Options{}) {}
  explicit TestDatabase(const Options& options) : TestDatabase(MariadbServer::Shared(), options) {}
  TestDatabase(MariadbServer& server, const Options& options);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] const std::string& Name() const { return name_; }
  [[nodiscard]] MariadbServer& Server() const { return server_; }
  /// The configuration of an account; that of kAggregator and kProcessor has the admin account too.
  [[nodiscard]] MysqlConfig Config(Account account) const;
  /// A connection of an account; throws where it fails.
  [[nodiscard]] mysql::Connection Connect(Account account = Account::kAdmin,
                                          const mysql::ConnectOptions& options = {}) const;
  /// Variables for our programs: MYSQL_HOST, MYSQL_PORT, MYSQL_USER, …, MYSQL_ADMIN_PASSWORD, and a
  /// MONITORING_STATE_DIR of this database's own.
  [[nodiscard]] std::map<std::string, std::string> Environment(Account account) const;

  /// That directory.
  [[nodiscard]] const std::string& StateDirectory() const { return state_.Path(); }

  /// Runs a statement as root; throws where it fails. Gives the affected rows.
  std::uint64_t Execute(const std::string& sql, const std::vector<mysql::Value>& params = {});
  /// The rows of a query as root, all cells as text, NULL as "NULL".
  std::vector<std::vector<std::string>> Query(const std::string& sql);
  /// The first cell of the first row; "" where there is none.
  std::string QueryOne(const std::string& sql);

 private:
  MariadbServer& server_;
  TemporaryDirectory state_;
  std::string name_;
  std::unique_ptr<mysql::Connection> root_;
};

}  // namespace mon::test
