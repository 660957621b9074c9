#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/text.h"
#include "data_aggregator/migrate.h"
#include "data_aggregator/retention.h"
#include "support/mariadb_server.h"

namespace mon::test {

/// A database whose zabbix_history has day partitions from 2025-06-14 to 2025-06-22, and an archive
/// beside it. Retention happens on 2025-09-20: what is before 2025-06-22 is older than 90 days.
class RetentionTest : public testing::Test {
 protected:
  static constexpr TimePoint kMigrated{std::chrono::seconds(1'750'000'000)};  // 2025-06-15 15:06:40
  static constexpr TimePoint kNow{std::chrono::seconds(1'758'326'400)};       // 2025-09-20
  static constexpr std::int64_t kDay = 1'749'945'600;                         // 2025-06-15
  static constexpr const char* kAllHistory =
      "SELECT itemid, clock, ns, value, value_uint, HEX(value_text) FROM zabbix_history"
      " ORDER BY itemid, clock, ns";
  static constexpr const char* kAllMetrics =
      "SELECT id, timestamp, response_time_ms, error_rate, recorded_at, HEX(application),"
      " skew_seconds FROM hyphenmon_metrics ORDER BY id";

  RetentionTest() {
    auto admin = OpenAdmin();
    data_aggregator::MigrateOptions options;
    options.now = kMigrated;
    const auto migrated = data_aggregator::Migrate(admin, options);
    EXPECT_TRUE(migrated) << migrated.error().message;
  }

  mysql::Connection OpenAdmin() const {
    auto connection =
        mysql::Connection::Open(database_.Config(Account::kAdmin), data_aggregator::AdminOptions());
    if (!connection) throw std::runtime_error(connection.error().message);
    return std::move(*connection);
  }

  [[nodiscard]] data_aggregator::RetentionOptions Options() const {
    data_aggregator::RetentionOptions options;
    options.keep.directory = archive_.Path();
    options.now = kNow;
    options.pause = std::chrono::milliseconds(0);
    options.patience = std::chrono::seconds(2);
    return options;
  }

  data_aggregator::RetentionReport Retain(const data_aggregator::RetentionOptions& options) {
    auto admin = OpenAdmin();
    auto report = data_aggregator::Retain(admin, options);
    if (report) return std::move(*report);
    data_aggregator::RetentionReport failed;
    failed.errors.push_back(report.error());
    return failed;
  }

  /// Expects that all went well.
  std::vector<std::string> Retain() {
    auto report = Retain(Options());
    for (const Error& error : report.errors) ADD_FAILURE() << error.message;
    return report.done;
  }

  Result<std::vector<std::string>> TryRestore(const std::string& day,
                                              const std::vector<std::string>& tables = {}) {
    auto admin = OpenAdmin();
    data_aggregator::RestoreOptions options;
    options.directory = archive_.Path();
    options.day = data_aggregator::ParseDay(day).value();
    options.tables = tables;
    return data_aggregator::Restore(admin, options);
  }

  std::vector<std::string> Restore(const std::string& day) {
    auto done = TryRestore(day);
    if (!done) ADD_FAILURE() << done.error().message;
    return done ? *done : std::vector<std::string>{};
  }

  /// `count` values of 2025-06-15, up to 62,500.
  void InsertHistory(int count, std::int64_t day = kDay) {
    database_.Execute(
        "INSERT INTO zabbix_history (itemid, clock, ns, value)"
        " WITH RECURSIVE digit (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digit WHERE d < 249)"
        " SELECT 1 + MOD(n, 7), ? + n, n * 1000, n / 7 FROM"
        " (SELECT a.d * 250 + b.d + 1 AS n FROM digit a JOIN digit b) number WHERE n <= ?",
        {day, std::int64_t{count}});
  }

  std::string Partitions() {
    return database_.QueryOne(
        "SELECT GROUP_CONCAT(partition_name ORDER BY partition_ordinal_position SEPARATOR ' ')"
        " FROM information_schema.partitions WHERE table_schema = DATABASE()"
        " AND table_name = 'zabbix_history'");
  }

  std::vector<std::string> Files(const std::string& table) const {
    std::vector<std::string> names;
    const std::filesystem::path directory = archive_.Path() + "/" + table;
    if (!std::filesystem::exists(directory)) return names;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  TestDatabase database_{TestDatabase::Options{.migrate = false}};
  TemporaryDirectory archive_;
};

}  // namespace mon::test
