#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "data_aggregator/migrate.h"
#include "migrate/migration.h"

namespace mon::data_aggregator {
namespace {

using namespace std::chrono_literals;
using test::Account;
using test::kWithoutTables;
using test::TestDatabase;
using testing::Contains;
using testing::HasSubstr;
using SteadyClock = std::chrono::steady_clock;

/// A number that changes with any value of any row with an id up to `last`, whatever the character
/// set of the column is.
std::string Checksum(TestDatabase& database, const std::string& table, const std::string& columns,
                     const std::string& last) {
  return database.QueryOne("SELECT CONCAT(COUNT(*), '/', SUM(CRC32(CONVERT(CONCAT_WS('|', " +
                           columns + ") USING utf8mb4)))) FROM " + table + " WHERE id <= " + last);
}

/// Column by column with NULL told from '': each value, or a letter that no value is.
const char* const kMetricColumns =
    "id, COALESCE(timestamp, 'N'), COALESCE(response_time_ms, 'N'), COALESCE(error_rate + 0e0, "
    "'N'),"
    " COALESCE(UNIX_TIMESTAMP(recorded_at), 'N')";
const char* const kItemColumns =
    "id, COALESCE(itemid, 'NULL'), COALESCE(name, 'NULL'), COALESCE(lastvalue, 'NULL'),"
    " COALESCE(lastclock, 'N'), COALESCE(hostid, 'NULL'), COALESCE(UNIX_TIMESTAMP(recorded_at), "
    "'N')";

/// Old rows: NULLs in every column, seconds that occur twice, rows that are the same but for their
/// id. Doubling is quick.
void FillMetrics(TestDatabase& database, std::size_t rows) {
  database.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at) VALUES"
      " (1700000000, 100, 0.1, '2023-11-14 22:13:20'), (1700000000, 100, 0.1, '2023-11-14 "
      "22:13:20'),"
      " (1700000000, 250, 0.7, '2023-11-14 22:13:21'), (NULL, 5, 0.5, '2023-11-14 22:13:22'),"
      " (1700000001, NULL, NULL, '2023-11-14 22:13:23'), (1700000002, -1, 7.25, '2023-11-14 "
      "22:13:24'),"
      " (0, 0, 0, '2023-11-14 22:13:25'), (1700000003, 2147483647, 3.4e38, '2023-11-14 22:13:26')");
  for (std::size_t count = 8; count < rows; count *= 2) {
    database.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at)"
        " SELECT timestamp + " +
        std::to_string(count) + ", response_time_ms, error_rate, recorded_at + INTERVAL " +
        std::to_string(count) + " SECOND FROM hyphenmon_metrics LIMIT " +
        std::to_string(rows - count));
  }
}

void FillItems(TestDatabase& database, std::size_t rows) {
  database.Execute(
      "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid) VALUES"
      " ('1', 'Last-Mittelwert f\xC3\xBCr 1 min', '0.25', 1700000000, '10105'),"
      " (NULL, NULL, NULL, NULL, NULL), ('2', '', '', 0, ''),"
      " ('3', 'Temp\xC3\xA9rature \xC2\xB0"
      "C', '21.5', 1700000000, '10106')");
  for (std::size_t count = 4; count < rows; count *= 2) {
    database.Execute(
        "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid)"
        " SELECT itemid + " +
        std::to_string(count) + ", name, lastvalue, lastclock, hostid FROM zabbix_items LIMIT " +
        std::to_string(rows - count));
  }
}

/// Somebody who goes on inserting, and notes how long it took at worst.
class Writer {
 public:
  /// The statement is prepared once, as long-lived programs do.
  Writer(const TestDatabase& database, const std::string& sql)
      : connection_(database.Connect(Account::kRoot)) {
    const auto prepared = connection_.Execute("PREPARE write_row FROM \"" + sql + "\"");
    if (!prepared) throw std::runtime_error(prepared.error().message);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) Insert();
    });
  }
  /// Waits for one that begins from now on, so that nothing is still under way.
  void Stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::chrono::milliseconds Longest() const { return longest_; }
  [[nodiscard]] int Written() const { return written_; }
  [[nodiscard]] const std::string& Failure() const { return failure_; }

 private:
  void Insert() {
    const auto begun = SteadyClock::now();
    const auto done = connection_.Execute("EXECUTE write_row");
    longest_ =
        std::max(longest_,
                 std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begun));
    if (done) ++written_;
    if (!done) failure_ = done.error().message;
  }
  mysql::Connection connection_;
  std::chrono::milliseconds longest_{0};
  int written_ = 0;
  std::string failure_;
  std::jthread thread_;
};

TEST(TakeOverTest, MillionRowsStayAsTheyAreAndWritersGoOn) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "DEFAULT CHARSET = latin1");
  FillMetrics(database, 1'000'000);
  FillItems(database, 100'000);
  const std::string last_metric = database.QueryOne("SELECT MAX(id) FROM hyphenmon_metrics");
  const std::string last_item = database.QueryOne("SELECT MAX(id) FROM zabbix_items");
  const std::string metrics = Checksum(database, "hyphenmon_metrics", kMetricColumns, last_metric);
  const std::string items = Checksum(database, "zabbix_items", kItemColumns, last_item);
  ASSERT_THAT(metrics, testing::StartsWith("1000000/"));
  ASSERT_THAT(items, testing::StartsWith("100000/"));

  Writer samples(database,
                 "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
                 " VALUES (1800000000, 5, 0.25)");
  Writer values(database,
                "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid) VALUES"
                " (UUID(), 'f\xC3\xBCr', '1', 1, '1')");
  const auto result = test::Migrate(database);
  samples.Stop();
  values.Stop();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->done, Contains(HasSubstr("zabbix_items (its text is latin1")));

  EXPECT_EQ(Checksum(database, "hyphenmon_metrics", kMetricColumns, last_metric), metrics);
  EXPECT_EQ(Checksum(database, "zabbix_items", kItemColumns, last_item), items);
  EXPECT_LT(samples.Longest(), 1s);
  EXPECT_LT(values.Longest(), 1s);
  EXPECT_EQ(samples.Failure(), "");
  EXPECT_EQ(values.Failure(), "");
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"),
            std::to_string(1'000'000 + samples.Written()));
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM zabbix_items"),
            std::to_string(100'000 + values.Written()));
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM information_schema.columns WHERE"
                              " table_schema = DATABASE() AND character_set_name = 'latin1'"),
            "0");
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM information_schema.triggers WHERE"
                              " trigger_schema = DATABASE()"),
            "0");
  RecordProperty("longest_sample_insert_ms", static_cast<int>(samples.Longest().count()));
  RecordProperty("longest_item_insert_ms", static_cast<int>(values.Longest().count()));
}

const char* const kGone = "(deleted)";

/// Somebody who goes on changing rows of zabbix_items of their own, in every way that programs do
/// it, and remembers what has to be there in the end.
class Changer {
 public:
  Changer(const TestDatabase& database, int number)
      : connection_(database.Connect(Account::kRoot)),
        number_(number),
        thread_([this](const std::stop_token& stop) {
          for (int round = 0; !stop.stop_requested(); ++round) Change(round);
        }) {}
  void Stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] const std::map<std::string, std::string>& Expected() const { return expected_; }
  [[nodiscard]] const std::vector<std::string>& Failures() const { return failures_; }

 private:
  void Change(int round) {
    // Old rows (their ids spread over the table) and new ones alternate.
    const int row = (round * 7919 + number_ * 13) % 40'000 * 3 + number_;
    const std::string itemid =
        round % 2 == 0 ? std::to_string(row + 1)
                       : "new-" + std::to_string(number_) + "-" + std::to_string(round % 50);
    const std::string value = "v" + std::to_string(round);
    switch (round % 5) {
      case 0:
        if (Do("UPDATE zabbix_items SET lastvalue = ? WHERE itemid = ?", {value, itemid}) == 1)
          expected_[itemid] = value;
        break;
      case 1:
        Do("DELETE FROM zabbix_items WHERE itemid = ?", {itemid});
        expected_[itemid] = kGone;
        break;
      case 2:
        Do("REPLACE INTO zabbix_items (itemid, lastvalue) VALUES (?, ?)", {itemid, value});
        expected_[itemid] = value;
        break;
      default:
        Do("INSERT INTO zabbix_items (itemid, lastvalue) VALUES (?, ?)"
           " ON DUPLICATE KEY UPDATE lastvalue = VALUES(lastvalue)",
           {itemid, value});
        expected_[itemid] = value;
    }
  }
  std::uint64_t Do(const std::string& sql, const std::vector<mysql::Value>& params) {
    for (;;) {
      const auto done = connection_.Execute(sql, params);
      if (done) return *done;
      // Two of these programs may get in each other's way, with or without a migration.
      if (connection_.LastErrorNumber() == 1213) continue;
      failures_.push_back(done.error().message + " in " + sql);
      return 0;
    }
  }
  mysql::Connection connection_;
  int number_;
  std::map<std::string, std::string> expected_;
  std::vector<std::string> failures_;
  std::jthread thread_;
};

TEST(TakeOverTest, ChangesDuringTheCopyAreNotLost) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "DEFAULT CHARSET = latin1");
  FillItems(database, 120'000);
  database.Execute("ANALYZE TABLE zabbix_items");
  std::vector<std::unique_ptr<Changer>> changers;
  for (int i = 0; i < 3; ++i) changers.push_back(std::make_unique<Changer>(database, i));
  const auto result = test::Migrate(database);
  for (auto& changer : changers) changer->Stop();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->done, Contains(HasSubstr("copied to InnoDB and utf8mb4")));
  std::map<std::string, std::string> stored;
  for (const auto& row : database.Query("SELECT itemid, lastvalue FROM zabbix_items"))
    stored[row[0]] = row[1];
  std::size_t checked = 0;
  for (const auto& changer : changers) {
    EXPECT_THAT(changer->Failures(), testing::IsEmpty());
    for (const auto& [itemid, value] : changer->Expected()) {
      ASSERT_EQ(stored.contains(itemid) ? stored[itemid] : kGone, value) << itemid;
      ++checked;
    }
  }
  EXPECT_GT(checked, 20);
}

class SmallTakeOverTest : public testing::TestWithParam<const char*> {};

TEST_P(SmallTakeOverTest, KeepsEveryValue) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, GetParam());
  FillMetrics(database, 100);
  FillItems(database, 100);
  const std::string metrics = Checksum(database, "hyphenmon_metrics", kMetricColumns, "1000000");
  const std::string items = Checksum(database, "zabbix_items", kItemColumns, "1000000");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(Checksum(database, "hyphenmon_metrics", kMetricColumns, "1000000"), metrics);
  EXPECT_EQ(Checksum(database, "zabbix_items", kItemColumns, "1000000"), items);
  // What the old programs do goes on working, and so does what ours do.
  database.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
      " VALUES (1700000000, 1, 0.5)");
  database.Execute(
      "INSERT INTO zabbix_items (itemid, name, lastvalue) VALUES"
      " ('1', 'x', '\xE2\x82\xAC \xE2\x9C\x93') ON DUPLICATE KEY UPDATE"
      " lastvalue = VALUES(lastvalue), state = 1");
  EXPECT_EQ(database.QueryOne("SELECT lastvalue FROM zabbix_items WHERE itemid = '1'"),
            "\xE2\x82\xAC \xE2\x9C\x93");
}

INSTANTIATE_TEST_SUITE_P(Tables, SmallTakeOverTest,
                         testing::Values("DEFAULT CHARSET = utf8mb4", "DEFAULT CHARSET = latin1",
                                         "ENGINE = MyISAM DEFAULT CHARSET = latin1",
                                         "DEFAULT CHARSET = utf8mb3 ROW_FORMAT = COMPACT"));

TEST(TakeOverTest, ItemsThatAreThereTwiceAreKept) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "");
  database.Execute("ALTER TABLE zabbix_items DROP KEY itemid");
  database.Execute("INSERT INTO zabbix_items (itemid, lastvalue) VALUES ('1', 'a'), ('1', 'b')");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(database.QueryOne("SELECT GROUP_CONCAT(lastvalue ORDER BY id) FROM zabbix_items"),
            "a,b");
}

TEST(TakeOverTest, RemainsOfACopyThatWasCutOffAreRemoved) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "DEFAULT CHARSET = latin1");
  FillItems(database, 25'000);
  database.Execute("ANALYZE TABLE zabbix_items");
  database.Execute("CREATE TABLE zabbix_items_mon_new (a INT)");
  database.Execute(
      "CREATE TRIGGER mon_delete_zabbix_items AFTER DELETE ON zabbix_items FOR EACH ROW"
      " DELETE FROM zabbix_items_mon_new WHERE a = OLD.id");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM zabbix_items"), "25000");
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM information_schema.tables WHERE"
                              " table_schema = DATABASE() AND table_name LIKE '%\\_mon\\_%'"),
            "0");
}

TEST(TakeOverTest, RemainsAreRemovedWhereTheTableNeedsNoCopyAnyMore) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "DEFAULT CHARSET = utf8mb4");
  database.Execute("CREATE TABLE hyphenmon_metrics_mon_new LIKE hyphenmon_metrics");
  database.Execute(
      "CREATE TRIGGER mon_delete_hyphenmon_metrics AFTER DELETE ON hyphenmon_metrics FOR EACH ROW"
      " DELETE FROM hyphenmon_metrics_mon_new WHERE id = OLD.id");
  ASSERT_TRUE(test::Migrate(database));
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM information_schema.triggers WHERE"
                              " trigger_schema = DATABASE()"),
            "0");
  EXPECT_TRUE(database.Query("SHOW TABLES LIKE '%\\_mon\\_%'").empty());
}

/// Rows that a server in strict mode would not take any more.
TEST(TakeOverTest, IdZeroAndDatesOfZerosStay) {
  for (const std::size_t rows : {8UL, 30'000UL}) {  // changed in place, and copied
    TestDatabase database(kWithoutTables);
    test::CreateOldTables(database, "ENGINE = MyISAM DEFAULT CHARSET = latin1");
    FillMetrics(database, rows);
    auto connection = database.Connect(Account::kRoot);
    ASSERT_TRUE(connection.Execute("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"));
    ASSERT_TRUE(
        connection.Execute("INSERT INTO hyphenmon_metrics (id, timestamp, recorded_at) VALUES"
                           " (0, 1, '2023-11-14 22:13:20'), (-5, 2, '0000-00-00 00:00:00')"));
    const std::string before = Checksum(database, "hyphenmon_metrics", kMetricColumns, "999999");
    const auto result = test::Migrate(database);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(Checksum(database, "hyphenmon_metrics", kMetricColumns, "999999"), before);
  }
}

TEST(TakeOverTest, BinaryLogThatForbidsTriggersIsExplained) {
  test::MariadbServer server(
      {"--option=--log-bin=bin", "--option=--log-bin-trust-function-creators=0"});
  TestDatabase database(server, kWithoutTables);
  test::CreateOldTables(database, "DEFAULT CHARSET = latin1");
  FillItems(database, 25'000);
  database.Execute("ANALYZE TABLE zabbix_items");
  const std::string items = Checksum(database, "zabbix_items", kItemColumns, "1000000");
  const auto result = test::Migrate(database);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kRejected);
  EXPECT_THAT(result.error().message, HasSubstr("log_bin_trust_function_creators=1"));
  EXPECT_EQ(Checksum(database, "zabbix_items", kItemColumns, "1000000"), items);
  database.Execute("SET GLOBAL log_bin_trust_function_creators = 1");
  const auto again = test::Migrate(database);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(Checksum(database, "zabbix_items", kItemColumns, "1000000"), items);
}

TEST(TakeOverTest, WritersDoNotQueueBehindATransactionThatHoldsATable) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "");
  auto holder = database.Connect(Account::kRoot);
  ASSERT_TRUE(holder.Begin());
  ASSERT_TRUE(holder.Query("SELECT COUNT(*) FROM hyphenmon_metrics"));
  Writer writer(database,
                "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
                " VALUES (1800000000, 5, 0.25)");
  const auto held = test::Migrate(database, {.patience = 3s});
  writer.Stop();
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, ErrorCode::kTimeout);
  EXPECT_GT(writer.Longest(), 300ms) << "else nothing was waited for";
  EXPECT_LT(writer.Longest(), 1s);
  EXPECT_EQ(writer.Failure(), "");
  ASSERT_TRUE(holder.Commit());
  EXPECT_TRUE(test::Migrate(database));
}

TEST(TakeOverTest, TransactionThatHoldsATableIsWaitedFor) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "");
  FillMetrics(database, 100);
  auto holder = database.Connect(Account::kRoot);
  ASSERT_TRUE(holder.Begin());
  ASSERT_TRUE(holder.Execute("INSERT INTO hyphenmon_metrics (timestamp) VALUES (1)"));
  std::atomic<bool> waited = false;
  MigrateOptions options;
  options.progress = [&](const std::string& text) {
    if (!text.contains("waiting for a transaction")) return;
    waited = true;
    ASSERT_TRUE(holder.Commit());
  };
  const auto result = test::Migrate(database, options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(waited);
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "101");
}

TEST(TakeOverTest, TransactionThatNeverEndsIsNamedInTheEnd) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "");
  auto holder = database.Connect(Account::kRoot);
  ASSERT_TRUE(holder.Begin());
  ASSERT_TRUE(holder.Execute("INSERT INTO hyphenmon_metrics (timestamp) VALUES (1)"));
  const auto result = test::Migrate(database, {.patience = 1s});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(result.error().message, HasSubstr("PROCESSLIST"));
  ASSERT_TRUE(holder.Commit());
  const auto again = test::Migrate(database);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
}

}  // namespace
}  // namespace mon::data_aggregator
