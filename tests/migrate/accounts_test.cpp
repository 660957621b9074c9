#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/mariadb_server.h"

namespace mon::test {
namespace {

class AccountsTest : public testing::Test {
 protected:
  ErrorCode Try(Account account, const std::string& sql) {
    auto connection = database_.Connect(account);
    const auto done = connection.Execute(sql);
    return done ? ErrorCode::kUsage : done.error().code;
  }
  void ExpectAllowed(Account account, const std::string& sql) {
    EXPECT_EQ(Try(account, sql), ErrorCode::kUsage) << sql;
  }
  void ExpectRefused(Account account, const std::string& sql) {
    EXPECT_EQ(Try(account, sql), ErrorCode::kRejected) << sql;
  }
  TestDatabase database_;
};

constexpr const char* kInsertSample =
    "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES (1, 2, 0.5)";

TEST_F(AccountsTest, AggregatorWritesMeasurementsAndWhatItTold) {
  ExpectAllowed(Account::kAggregator, kInsertSample);
  ExpectAllowed(Account::kAggregator, "DELETE FROM hyphenmon_metrics");
  ExpectAllowed(Account::kAggregator, "UPDATE zabbix_items SET state = 2");
  ExpectRefused(Account::kAggregator, "UPDATE hyphenmon_metrics SET error_rate = 0");
  ExpectAllowed(Account::kAggregator, "UPDATE alerts SET status = 'resolved'");
  ExpectAllowed(Account::kAggregator, "SELECT * FROM alert_events");
  ExpectRefused(Account::kAggregator, "DELETE FROM alerts");
  ExpectRefused(Account::kAggregator, "UPDATE notification_recipients SET status = 'sent'");
  ExpectRefused(Account::kAggregator, "SELECT * FROM rule_states");
  ExpectRefused(Account::kAggregator, "DELETE FROM zabbix_history");
  ExpectRefused(Account::kAggregator, "DROP TABLE zabbix_history");
  ExpectRefused(Account::kAggregator, "ALTER TABLE zabbix_history ADD COLUMN x INT");
  ExpectRefused(Account::kAggregator, "CREATE TABLE hyphenmon_metrics (a INT)");
  ExpectRefused(Account::kAggregator,
                "INSERT INTO schema_version (step, major, minor) VALUES (9, 9, 9)");
}

TEST_F(AccountsTest, ProcessorReadsMeasurementsAndOwnsAlerts) {
  ExpectAllowed(Account::kProcessor, "SELECT * FROM hyphenmon_metrics");
  ExpectAllowed(Account::kProcessor, "DELETE FROM pending_samples");
  ExpectAllowed(Account::kProcessor, "UPDATE notification_recipients SET attempts = 1");
  ExpectRefused(Account::kProcessor, kInsertSample);
  ExpectRefused(Account::kProcessor, "DELETE FROM zabbix_history");
  ExpectRefused(Account::kProcessor, "DELETE FROM alerts");
  ExpectRefused(Account::kProcessor, "UPDATE sources SET up = 1");
  ExpectRefused(Account::kProcessor, "TRUNCATE TABLE alert_events");
}

TEST_F(AccountsTest, GrafanaReadsAllAndWritesNothing) {
  for (const auto& row : database_.Query("SHOW TABLES")) {
    ExpectAllowed(Account::kGrafana, "SELECT * FROM " + row[0]);
    ExpectRefused(Account::kGrafana, "DELETE FROM " + row[0]);
  }
  ExpectRefused(Account::kGrafana, kInsertSample);
  ExpectRefused(Account::kGrafana, "CREATE TABLE x (a INT)");
}

TEST_F(AccountsTest, AdminHasTheDatabaseAndNothingElse) {
  ExpectAllowed(Account::kAdmin, "ALTER TABLE hyphenmon_metrics ADD COLUMN x INT");
  ExpectRefused(Account::kAdmin, "CREATE DATABASE other");
  ExpectRefused(Account::kAdmin, "SELECT * FROM mysql.user");
  ExpectRefused(Account::kAdmin, "CREATE USER somebody");
}

TEST_F(AccountsTest, NobodySeesAnotherDatabase) {
  TestDatabase other;
  for (const Account account :
       {Account::kAdmin, Account::kAggregator, Account::kProcessor, Account::kGrafana}) {
    ExpectRefused(account, "SELECT * FROM " + other.Name() + ".hyphenmon_metrics");
  }
}

}  // namespace
}  // namespace mon::test
