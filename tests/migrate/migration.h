#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/clock.h"
#include "data_aggregator/migrate.h"
#include "support/mariadb_server.h"

namespace mon::test {

inline constexpr TestDatabase::Options kWithoutTables{.migrate = false};

inline mysql::Connection ConnectForMigration(const TestDatabase& database) {
  auto connection =
      mysql::Connection::Open(database.Config(Account::kAdmin), data_aggregator::AdminOptions());
  if (!connection) throw std::runtime_error(connection.error().message);
  return std::move(*connection);
}

/// Migrates as the admin account would.
inline Result<data_aggregator::MigrateResult> Migrate(
    const TestDatabase& database, data_aggregator::MigrateOptions options = {}) {
  auto connection = ConnectForMigration(database);
  if (options.now == TimePoint{}) options.now = SystemClock().Now();
  return data_aggregator::Migrate(connection, options);
}

/// The two tables as users had them before this platform.
inline void CreateOldTables(TestDatabase& database, const std::string& table_options) {
  database.Execute(
      "CREATE TABLE hyphenmon_metrics (id INT AUTO_INCREMENT PRIMARY KEY, timestamp BIGINT,"
      " response_time_ms INT, error_rate FLOAT, recorded_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP) " +
      table_options);
  database.Execute(
      "CREATE TABLE zabbix_items (id INT AUTO_INCREMENT PRIMARY KEY, itemid VARCHAR(255) UNIQUE,"
      " name VARCHAR(255), lastvalue TEXT, lastclock BIGINT, hostid VARCHAR(255),"
      " recorded_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP) " +
      table_options);
}

}  // namespace mon::test
