#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "dashboard/grafana_query.h"
#include "dashboard/sql_session.h"
#include "support/mariadb_server.h"

namespace mon::test {
namespace {

using ::testing::ElementsAre;

/// Queries that users of the two old tables have in their scripts and dashboards. They are quoted
/// here as they are there, and must keep working.
class LegacyQueryTest : public ::testing::Test {
 protected:
  LegacyQueryTest() {
    database_.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at) "
        "VALUES (1750000000, 137, 0.25, NOW()), (1750000010, 140, 0.5, NOW() - INTERVAL 1 SECOND),"
        " (1750000005, 150, 0.75, NOW() - INTERVAL 1 HOUR)");
    database_.Execute(
        "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid, recorded_at) VALUES "
        "('31001', 'CPU load', '0.5', 1750000000, '10105', NOW()),"
        "('31002', 'Memory', '1024', 1750000005, '10105', NOW()),"
        "('31003', 'Old', '1', 1750000009, '10105', NOW() - INTERVAL 1 HOUR)");
    const MysqlConfig config = database_.Config(Account::kGrafana);
    session_ = std::make_unique<SqlSession>(database_.Server().Socket(), config.user,
                                            config.password.Reveal(), config.database);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    view_.to = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 60;
    view_.from = view_.to - 1800;
  }

  SqlResult Ask(const std::string& sql) { return session_->Query(ExpandGrafanaQuery(sql, view_)); }

  static std::vector<std::string> FirstColumn(const SqlResult& result) {
    std::vector<std::string> values;
    for (const auto& row : result.rows) values.push_back(row[0].value());
    return values;
  }

  TestDatabase database_;
  std::unique_ptr<SqlSession> session_;
  GrafanaView view_;
};

TEST_F(LegacyQueryTest, ReadsTheSamplesOfTwoMinutes) {
  const auto result =
      Ask("SELECT timestamp, response_time_ms, error_rate FROM hyphenmon_metrics WHERE recorded_at "
          ">= NOW() - INTERVAL 2 MINUTE ORDER BY timestamp DESC");
  EXPECT_THAT(FirstColumn(result), ElementsAre("1750000010", "1750000000"));
  EXPECT_EQ(result.rows[0][1], "140");
  EXPECT_EQ(result.rows[0][2], "0.5");
}

TEST_F(LegacyQueryTest, ReadsTheItemsOfTwoMinutes) {
  const auto result =
      Ask("SELECT itemid, name, lastvalue, lastclock FROM zabbix_items WHERE recorded_at >= NOW() "
          "- INTERVAL 2 MINUTE ORDER BY lastclock DESC");
  EXPECT_THAT(FirstColumn(result), ElementsAre("31002", "31001"));
  EXPECT_EQ(result.rows[1][1], "CPU load");
  EXPECT_EQ(result.rows[1][2], "0.5");
}

TEST_F(LegacyQueryTest, DrawsSamplesInGrafana) {
  const auto result =
      Ask("SELECT CAST(timestamp AS SIGNED) AS time_sec, response_time_ms, error_rate FROM "
          "hyphenmon_metrics WHERE $__timeFilter(recorded_at) ORDER BY recorded_at DESC");
  EXPECT_THAT(FirstColumn(result), ElementsAre("1750000000", "1750000010"));
  EXPECT_EQ(result.columns[0].name, "time_sec");
  EXPECT_TRUE(result.columns[2].number);
}

TEST_F(LegacyQueryTest, DrawsAnItemInGrafana) {
  const auto result =
      Ask("SELECT CAST(lastclock AS SIGNED) AS time_sec, CAST(lastvalue AS FLOAT) AS cpu_load FROM "
          "zabbix_items WHERE name = 'CPU load' AND $__timeFilter(recorded_at) ORDER BY "
          "recorded_at DESC");
  EXPECT_THAT(FirstColumn(result), ElementsAre("1750000000"));
  EXPECT_EQ(result.rows[0][1], "0.5");
}

}  // namespace
}  // namespace mon::test
