#include <gmock/gmock.h>

#include <fstream>

#include "mysql/lease.h"
#include "retention/retention_fixture.h"

namespace mon::test {
namespace {

using mysql::Value;
using testing::ElementsAre;
using testing::HasSubstr;

/// Values that are easily lost: the edges of each type.
class RestoreTest : public RetentionTest {
 protected:
  void InsertHard() {
    const std::vector<std::vector<Value>> rows = {
        {std::uint64_t{18'446'744'073'709'551'615U}, 0.1, Value(), Value()},
        {std::uint64_t{9'223'372'036'854'775'808U}, Value(),
         std::uint64_t{18'446'744'073'709'551'615U}, Value()},
        {std::uint64_t{3}, 9007199254740993.0, std::uint64_t{9'007'199'254'740'993U}, Value()},
        {std::uint64_t{4}, 5e-324, Value(), Value()},
        {std::uint64_t{5}, -1.7976931348623157e308, Value(), Value()},
        {std::uint64_t{6}, 0.30000000000000004, Value(), "0.3000"},
        {std::uint64_t{7}, -0.0, Value(), Value()},
        {std::uint64_t{8}, Value(), Value(), Value()},
        {std::uint64_t{9}, Value(), Value(), ""},
        {std::uint64_t{10}, Value(), Value(), "\\N"},
        {std::uint64_t{11}, Value(), Value(), "a\tb\nc\r\n\\d'\"e"},
        {std::uint64_t{12}, Value(), Value(), std::string("nul\0nul", 7)},
        {std::uint64_t{13}, Value(), Value(), "Grüße 日本語 \U0001F600 e\u0301 \u202e\ufeff"},
        {std::uint64_t{14}, Value(), Value(), std::string(65'535, 'x')},
        {std::uint64_t{15}, Value(), Value(), " trailing  "}};
    for (const auto& row : rows)
      database_.Execute(
          "INSERT INTO zabbix_history (itemid, clock, ns, value, value_uint, value_text) VALUES"
          " (?, ?, 999999999, ?, ?, ?)",
          {row[0], kDay, row[1], row[2], row[3]});
    database_.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at,"
        " application, skew_seconds) VALUES (1718448000, 2147483647, 0.1, '2024-06-15 00:00:00',"
        " 'shop', -3), (-1, NULL, 1.17549435e-38, '2024-06-15 23:59:59', NULL, NULL),"
        " (9223372036854775807, 0, 0.33333334, '2024-06-15 12:00:00', 'Grüße\\\\', NULL),"
        " (1718448000, 1, 1, '2024-06-15 12:00:00', NULL, 5), (1, 1, 1, NOW(), NULL, NULL)");
    database_.Execute(
        "INSERT INTO quarantine (table_name, row_key, reason, row_json, first_at, last_at) VALUES"
        " ('t', 'k', 'r', '{\"a\": \"\\t\"}', '2025-06-15 10:00:00.001', '2025-06-15 "
        "10:00:00.120')");
  }
};

TEST_F(RestoreTest, ArchiveAndRestoreLoseNothing) {
  InsertHard();
  InsertHistory(5'000);
  // Numbers come as the shortest text that reads back the same: equal texts are equal bits.
  const auto history = database_.Query(kAllHistory);
  const auto metrics = database_.Query(kAllMetrics);
  const auto quarantine = database_.Query("SELECT * FROM quarantine");
  Retain();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM quarantine"), "0");
  EXPECT_THAT(Restore("2025-06-15"),
              ElementsAre("zabbix_history 2025-06-15: 5015 rows brought back, 0 were there",
                          "quarantine 2025-06-15: 1 rows brought back, 0 were there"));
  EXPECT_THAT(Restore("2024-06-15"),
              ElementsAre("hyphenmon_metrics 2024-06-15: 4 rows brought back, 0 were there"));
  EXPECT_EQ(database_.Query(kAllHistory), history);
  EXPECT_EQ(database_.Query(kAllMetrics), metrics);
  EXPECT_EQ(database_.Query("SELECT * FROM quarantine"), quarantine);
}

TEST_F(RestoreTest, OldQueriesFindRestoredRows) {
  InsertHard();
  const char* query =
      "SELECT timestamp, response_time_ms, error_rate FROM hyphenmon_metrics WHERE recorded_at >="
      " '2024-06-15' AND recorded_at < '2024-06-16' ORDER BY timestamp DESC";
  const char* newest =
      "SELECT timestamp, response_time_ms, error_rate FROM hyphenmon_metrics WHERE recorded_at >="
      " NOW() - INTERVAL 2 MINUTE ORDER BY timestamp DESC";
  const auto before = database_.Query(query);
  Retain();
  EXPECT_EQ(database_.Query(newest).size(), 1);
  Restore("2024-06-15");
  EXPECT_EQ(database_.Query(query), before);
}

TEST_F(RestoreTest, CanBeRepeated) {
  InsertHistory(3'000);
  const auto before = database_.Query(kAllHistory);
  Retain();
  Restore("2025-06-15");
  EXPECT_THAT(Restore("2025-06-15"),
              ElementsAre("zabbix_history 2025-06-15: 0 rows brought back, 3000 were there"));
  EXPECT_EQ(database_.Query(kAllHistory), before);
}

TEST_F(RestoreTest, RowsInTheTableStayAsTheyAre) {
  InsertHistory(10);
  Retain();
  database_.Execute("INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES (2, ?, 1000, 42)",
                    {kDay + 1});
  Restore("2025-06-15");
  EXPECT_EQ(database_.QueryOne("SELECT value FROM zabbix_history WHERE itemid = 2 AND ns = 1000"),
            "42");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "10");
}

TEST_F(RestoreTest, OneTableOfSeveral) {
  InsertHard();
  Retain();
  const auto done = TryRestore("2025-06-15", {"quarantine"});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->size(), 1);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM quarantine"), "1");
}

TEST_F(RestoreTest, DamagedFileBringsNothingBack) {
  InsertHistory(1'000);
  Retain();
  const std::string file = archive_.Path() + "/zabbix_history/2025-06-15.1.tsv.gz";
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(2'000).put('!');
  const auto done = TryRestore("2025-06-15");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kInvalidData);
  EXPECT_THAT(done.error().message, HasSubstr(file));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "0");
}

TEST_F(RestoreTest, DayWithoutFilesIsNoInput) {
  const auto done = TryRestore("2025-06-15");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kNotFound);
}

TEST_F(RestoreTest, SamplesOfAnotherDatabaseAreRefused) {
  InsertHard();
  Retain();
  database_.Execute("TRUNCATE hyphenmon_metrics");
  const auto done = TryRestore("2024-06-15");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kConfig);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "0");
}

TEST_F(RestoreTest, IsBusyWhileRetentionIsAtWork) {
  InsertHistory(10);
  Retain();
  auto other = database_.Connect();
  const auto lease = mysql::Lease::Acquire(other, "retention", std::chrono::minutes(5));
  ASSERT_TRUE(lease);
  const auto done = TryRestore("2025-06-15");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kBusy);
}

TEST_F(RestoreTest, ColumnsThatAnotherHandHasAddedAreKept) {
  database_.Execute(
      "ALTER TABLE hyphenmon_metrics ADD COLUMN note VARCHAR(20) NULL,"
      " ADD COLUMN cost DECIMAL(10,3) NULL,"
      " ADD COLUMN twice INT GENERATED ALWAYS AS (response_time_ms * 2) VIRTUAL");
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at, note,"
      " cost) VALUES (1, 1, 0.5, '2024-06-15 10:00:00', 'a', 1234567.125), (2, 2, 1, NOW(), '', "
      "0)");
  const auto before = database_.Query("SELECT * FROM hyphenmon_metrics ORDER BY id");
  Retain();
  Restore("2024-06-15");
  EXPECT_EQ(database_.Query("SELECT * FROM hyphenmon_metrics ORDER BY id"), before);
}

}  // namespace
}  // namespace mon::test
