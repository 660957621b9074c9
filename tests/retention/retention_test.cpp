#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "mysql/lease.h"
#include "retention/retention_fixture.h"

namespace mon::test {
namespace {

using data_aggregator::RetentionOptions;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Lt;

TEST_F(RetentionTest, OldDaysGoIntoFilesAndTheirPartitionsGo) {
  InsertHistory(10'000);
  InsertHistory(100, kDay + 7 * 86'400);
  EXPECT_THAT(Retain(), Contains("zabbix_history p20250615: 10000 rows archived and dropped"));
  EXPECT_THAT(Files("zabbix_history"), ElementsAre("2025-06-15.1.json", "2025-06-15.1.tsv.gz"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "100");
  EXPECT_EQ(Partitions(), "p_archived p20250622 p_ahead");
  EXPECT_EQ(test::Run({"sh", "-c", "zcat " + archive_.Path() + "/zabbix_history/*.gz | wc -l"}).out,
            "10001\n");
}

TEST_F(RetentionTest, SecondRunHasNothingToDo) {
  InsertHistory(100);
  Retain();
  EXPECT_THAT(Retain(), IsEmpty());
  EXPECT_EQ(Files("zabbix_history").size(), 2);
}

TEST_F(RetentionTest, FirstPartitionHoldsOlderDaysToo) {
  InsertHistory(50, kDay - 86'400);
  InsertHistory(50, kDay - 40 * 86'400);
  const auto before = database_.Query(kAllHistory);
  Retain();
  EXPECT_THAT(Files("zabbix_history"), Contains("2025-05-06.1.json"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "0");
  Restore("2025-05-06");
  Restore("2025-06-14");
  EXPECT_EQ(database_.Query(kAllHistory), before);
}

TEST_F(RetentionTest, LateValuesOfAnArchivedDayAreStoredAndBecomeAFurtherFile) {
  InsertHistory(1'000);
  Retain();
  auto aggregator = database_.Connect(Account::kAggregator);
  ASSERT_TRUE(aggregator.Execute(
      "INSERT INTO zabbix_history (itemid, clock, value) VALUES (99, ?, 5)", {kDay + 5}));
  ASSERT_TRUE(aggregator.Execute(
      "INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES (2, ?, 1000, 42)", {kDay + 1}));
  EXPECT_THAT(Retain(), Contains("zabbix_history 2025-06-15: 2 rows archived, 2 deleted"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "0");
  EXPECT_THAT(Files("zabbix_history"), Contains("2025-06-15.2.json"));
  Restore("2025-06-15");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "1001");
  EXPECT_EQ(database_.QueryOne("SELECT value FROM zabbix_history WHERE itemid = 2 AND ns = 1000"),
            "42")
      << "the newer value counts";
}

TEST_F(RetentionTest, ValuesFarInThePastAlwaysFindAPartition) {
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(
        database_.Execute("INSERT INTO zabbix_history (itemid, clock, value) VALUES (1, 1, 1)"), 1);
    Retain();
  }
  EXPECT_THAT(Files("zabbix_history"), ElementsAre("1970-01-01.1.json", "1970-01-01.1.tsv.gz"));
}

TEST_F(RetentionTest, ValueThatComesWhileItsDayIsArchivedIsArchivedToo) {
  InsertHistory(1'000);
  RetentionOptions options = Options();
  // Told between the counting and the reading of the partition, and again when it is gone.
  options.progress = [&](const std::string& step) {
    if (step.starts_with("zabbix_history p20250615"))
      database_.Execute(
          "INSERT IGNORE INTO zabbix_history (itemid, clock, value) VALUES (99, ?, 5)", {kDay + 5});
  };
  EXPECT_THAT(Retain(options).errors, IsEmpty());
  Retain();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "0");
  Restore("2025-06-15");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "1001");
}

TEST_F(RetentionTest, WhatWasTakenOutAndNotFinishedIsFinished) {
  InsertHistory(1'000);
  const auto before = database_.Query(kAllHistory);
  // A run that died right after the exchange, with a value that came just before it.
  Retain();
  database_.Execute("CREATE TABLE zabbix_history_archiving_p20250615 LIKE zabbix_history");
  database_.Execute("ALTER TABLE zabbix_history_archiving_p20250615 REMOVE PARTITIONING");
  database_.Execute(
      "INSERT INTO zabbix_history_archiving_p20250615 (itemid, clock, value) VALUES (99, ?, 5)",
      {kDay + 5});
  Retain();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema ="
                               " DATABASE() AND table_name LIKE '%archiving%'"),
            "0");
  Restore("2025-06-15");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history WHERE itemid = 99"), "1");
  database_.Execute("DELETE FROM zabbix_history WHERE itemid = 99");
  EXPECT_EQ(database_.Query(kAllHistory), before);
}

/// Executes `sql` with 0, 1, 2 … again and again, until told to end.
class Writer {
 public:
  Writer(mysql::Connection connection, const std::string& sql)
      : thread_([this, sql, connection = std::move(connection)]() mutable {
          for (std::int64_t n = 0; !over_; ++n) {
            const auto begun = std::chrono::steady_clock::now();
            EXPECT_TRUE(connection.Execute(sql, {n}));
            longest_ = std::max(longest_, std::chrono::steady_clock::now() - begun);
          }
        }) {}

  /// Ends it; gives the longest that a statement took.
  std::chrono::steady_clock::duration End() {
    over_ = true;
    thread_.join();
    return longest_;
  }

 private:
  std::atomic<bool> over_ = false;
  std::chrono::steady_clock::duration longest_{0};
  std::jthread thread_;  // last: uses the others
};

TEST_F(RetentionTest, WritersGoOnWhileSomebodyReadsForLong) {
  InsertHistory(1'000);
  database_.Execute("CREATE TABLE undisturbed (n BIGINT)");
  auto reader = database_.Connect();
  ASSERT_TRUE(reader.Begin());
  ASSERT_TRUE(reader.Query("SELECT COUNT(*) FROM zabbix_history"));
  Writer writer(
      database_.Connect(Account::kAggregator),
      "INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES (7, 1758000000, ?, 1)");
  Writer undisturbed(database_.Connect(), "INSERT INTO undisturbed VALUES (?)");
  const auto report = Retain(Options());
  EXPECT_THAT(report.errors, ElementsAre(Field(&Error::code, ErrorCode::kTimeout)));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history WHERE itemid <> 7"
                               " OR clock < 1758000000"),
            "1000")
      << "nothing was dropped";
  ASSERT_TRUE(reader.Commit());
  EXPECT_THAT(Retain(), Contains(HasSubstr("p20250615: 1000 rows archived and dropped")));
  const auto waits_of_the_disk = undisturbed.End();
  EXPECT_THAT(writer.End(), Lt(std::chrono::seconds(1) + waits_of_the_disk));
}

TEST_F(RetentionTest, SamplesGoByTheTimeTheyWereStored) {
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at) VALUES"
      " (1, 1, 0.5, '2024-01-01 10:00:00'), (2, 2, 0.5, '2024-01-02 10:00:00'),"
      " (3, 3, 0.5, '2024-09-20 00:00:00'), (4, 4, 0.5, NULL)");
  EXPECT_THAT(Retain(), ElementsAre("hyphenmon_metrics 2024-01-01: 1 rows archived, 1 deleted",
                                    "hyphenmon_metrics 2024-01-02: 1 rows archived, 1 deleted"));
  EXPECT_EQ(database_.QueryOne("SELECT GROUP_CONCAT(timestamp ORDER BY id) FROM hyphenmon_metrics"),
            "3,4");
}

TEST_F(RetentionTest, NewestSampleStaysSoThatTheLedgerFits) {
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at) VALUES"
      " (1, 1, 0.5, '2024-01-01 10:00:00'), (2, 2, 0.5, '2024-01-01 10:00:00')");
  Retain();
  EXPECT_EQ(database_.QueryOne("SELECT GROUP_CONCAT(id) FROM hyphenmon_metrics"), "2");
}

TEST_F(RetentionTest, RowThatChangesWhileItIsArchivedStays) {
  database_.Execute(
      "INSERT INTO quarantine (table_name, row_key, reason, row_json, last_at) VALUES"
      " ('t', 'a', 'r', '{}', '2025-01-01 10:00:00'), ('t', 'b', 'r', '{}', '2025-01-01 "
      "10:00:00')");
  auto writer = database_.Connect();
  ASSERT_TRUE(writer.Begin());
  ASSERT_TRUE(
      writer.Execute("UPDATE quarantine SET times = 2, last_at = NOW() WHERE row_key = 'a'"));
  std::thread later([&] {
    // Retention waits for the row by now, or will find it changed.
    while (database_.QueryOne("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE"
                              " '%FROM quarantine%FOR UPDATE' AND db = DATABASE()") == "0")
      std::this_thread::yield();
    EXPECT_TRUE(writer.Commit());
  });
  Retain();
  later.join();
  EXPECT_EQ(database_.QueryOne("SELECT GROUP_CONCAT(row_key, times) FROM quarantine"), "a2");
}

TEST_F(RetentionTest, ThousandsOfSamplesGoInBatches) {
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at)"
      " WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 900)"
      " SELECT a.n, b.n, 0.5, '2024-01-01 10:00:00' FROM number a JOIN number b ON b.n <= 5");
  EXPECT_THAT(Retain(),
              ElementsAre("hyphenmon_metrics 2024-01-01: 4499 rows archived, 4499 deleted"));
}

TEST_F(RetentionTest, RestoredDayStaysForItsTimeAndThenGoesWithoutANewFile) {
  InsertHistory(1'000);
  Retain();
  Restore("2025-06-15");
  EXPECT_THAT(Retain(), IsEmpty());
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "1000");
  database_.Execute("UPDATE restored_days SET keep_until = NOW() - INTERVAL 1 SECOND");
  EXPECT_THAT(Retain(), ElementsAre("zabbix_history 2025-06-15: 0 rows archived, 1000 deleted"));
  EXPECT_EQ(Files("zabbix_history").size(), 2);
}

TEST_F(RetentionTest, BigRestoredDayIsNotCopiedAboutWhileWritersWait) {
  InsertHistory(15'000);
  Retain();
  Restore("2025-06-15");
  RetentionOptions options = Options();
  options.now += std::chrono::hours(48);
  EXPECT_THAT(Retain(options).errors, IsEmpty());
  EXPECT_EQ(Partitions(), "p_archived p20250622 p_ahead");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history PARTITION (p_archived)"),
            "15000");
  database_.Execute("UPDATE restored_days SET keep_until = NOW() - INTERVAL 1 SECOND");
  EXPECT_THAT(Retain(options).errors, IsEmpty());
  EXPECT_EQ(Partitions(), "p_archived p_ahead");
}

class StatesRetentionTest : public RetentionTest {
 protected:
  void InsertState(const std::string& series, TimePoint saved) {
    database_.Execute(
        "INSERT INTO detector_states (series, newest, state, updated_at)"
        " VALUES (?, ?, 'learnt', FROM_UNIXTIME(?))",
        {series, EpochSeconds(saved), EpochSeconds(saved)});
  }
  std::string States() {
    return database_.QueryOne(
        "SELECT GROUP_CONCAT(series ORDER BY series SEPARATOR ', ') FROM detector_states");
  }
};

TEST_F(StatesRetentionTest, WhatWasLearntOfSeriesThatEndedGoesWithTheirValues) {
  InsertState("item 1", kNow);
  InsertState("item 2", kNow - std::chrono::days(90));
  InsertState("item 3", kNow - std::chrono::days(91));
  InsertState("host 7 item 3", kNow - std::chrono::days(91));
  InsertState("error_rate of shop", kNow - std::chrono::days(91));
  EXPECT_THAT(Retain(), ElementsAre("detector_states: 3 rows deleted"));
  EXPECT_EQ(States(), "item 1, item 2");
  EXPECT_THAT(Retain(), IsEmpty());
}

TEST_F(StatesRetentionTest, NothingEndsWhileTheProcessorStandsStill) {
  InsertState("item 1", kNow - std::chrono::days(200));
  InsertState("item 2", kNow - std::chrono::days(289));
  EXPECT_THAT(Retain(), IsEmpty());
  EXPECT_EQ(States(), "item 1, item 2");
}

TEST_F(StatesRetentionTest, ValueFromTheFutureEndsNothing) {
  InsertState("item 1", kNow - std::chrono::days(200));
  InsertState("item 2", kNow - std::chrono::days(200));
  database_.Execute(
      "UPDATE detector_states SET newest = ?, updated_at = updated_at"
      " WHERE series = 'item 1'",
      {EpochSeconds(kNow + std::chrono::days(4'000))});
  EXPECT_THAT(Retain(), IsEmpty());
}

TEST_F(StatesRetentionTest, StaysForTwoWeeksHoweverShortTheHistory) {
  InsertState("item 1", kNow);
  InsertState("item 2", kNow - std::chrono::days(13));
  InsertState("item 3", kNow - std::chrono::days(15));
  RetentionOptions options = Options();
  options.keep.history = std::chrono::days(2);
  EXPECT_THAT(Retain(options).done, ElementsAre("detector_states: 1 rows deleted"));
  EXPECT_EQ(States(), "item 1, item 2");
}

TEST_F(StatesRetentionTest, StateThatIsSavedAgainMeanwhileStays) {
  InsertState("item 1", kNow);
  InsertState("item 2", kNow - std::chrono::days(91));
  InsertState("item 3", kNow - std::chrono::days(91));
  auto processor = database_.Connect(Account::kProcessor);
  ASSERT_TRUE(processor.Begin());
  ASSERT_TRUE(
      processor.Execute("INSERT INTO detector_states (series, newest, state) VALUES"
                        " ('item 2', ?, 'more') ON DUPLICATE KEY UPDATE newest = VALUES(newest)",
                        {EpochSeconds(kNow)}));
  std::thread later([&] {
    while (database_.QueryOne("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE"
                              " 'DELETE FROM detector_states%' AND db = DATABASE()") == "0")
      std::this_thread::yield();
    EXPECT_TRUE(processor.Commit());
  });
  EXPECT_THAT(Retain(), ElementsAre("detector_states: 1 rows deleted"));
  later.join();
  EXPECT_EQ(States(), "item 1, item 2");
}

TEST_F(StatesRetentionTest, ThousandsGoInBatches) {
  InsertState("item 0", kNow);
  database_.Execute(
      "INSERT INTO detector_states (series, newest, state, updated_at)"
      " WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 900)"
      " SELECT CONCAT('item ', a.n, ' to ', b.n), 1, '{}', FROM_UNIXTIME(86400)"
      " FROM number a JOIN number b ON b.n <= 2");
  RetentionOptions options = Options();
  options.dry_run = true;
  EXPECT_THAT(Retain(options).done, ElementsAre("detector_states: 1800 rows would be deleted"));
  EXPECT_THAT(Retain(), ElementsAre("detector_states: 1800 rows deleted"));
  EXPECT_EQ(States(), "item 0");
}

TEST_F(RetentionTest, DryRunOnlyTells) {
  InsertHistory(100);
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at) VALUES"
      " (1, 1, 0.5, '2024-01-01 10:00:00'), (2, 2, 0.5, NOW())");
  RetentionOptions options = Options();
  options.dry_run = true;
  EXPECT_THAT(Retain(options).done,
              ElementsAre("zabbix_history p20250615: 100 rows would be archived and dropped",
                          "hyphenmon_metrics 2024-01-01: 1 rows would be archived and deleted"));
  EXPECT_TRUE(std::filesystem::is_empty(archive_.Path()));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM leases WHERE name = 'retention'"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "100");
}

TEST_F(RetentionTest, DamagedFileKeepsTheRowsOfItsDayAndOfNoOtherTable) {
  InsertHistory(100);
  Retain();
  database_.Execute("INSERT INTO zabbix_history (itemid, clock, value) VALUES (99, ?, 5)", {kDay});
  database_.Execute(
      "INSERT INTO quarantine (table_name, row_key, reason, row_json, last_at) VALUES"
      " ('t', 'a', 'r', '{}', '2025-01-01 10:00:00')");
  std::ofstream(archive_.Path() + "/zabbix_history/2025-06-15.1.tsv.gz") << "damaged";
  const auto report = Retain(Options());
  ASSERT_EQ(report.errors.size(), 1);
  EXPECT_EQ(report.errors[0].code, ErrorCode::kInvalidData);
  EXPECT_THAT(report.errors[0].message, HasSubstr("2025-06-15.1.tsv.gz"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "1");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM quarantine"), "0");
}

TEST_F(RetentionTest, ClockThatIsAheadOfTheServersCountsNot) {
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES"
      " (1, 1, 0.5), (2, 2, 0.5)");
  RetentionOptions options = Options();
  options.now = SystemClock().Now() + std::chrono::hours(24 * 4000);
  EXPECT_THAT(Retain(options).errors, IsEmpty());
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "2");
}

TEST_F(RetentionTest, OneAtATimeAndNotBesideAMigration) {
  auto other = database_.Connect();
  for (const char* name : {"retention", "migration"}) {
    const auto lease = mysql::Lease::Acquire(other, name, std::chrono::minutes(5));
    ASSERT_TRUE(lease);
    const auto report = Retain(Options());
    ASSERT_EQ(report.errors.size(), 1) << name;
    EXPECT_EQ(report.errors[0].code, ErrorCode::kBusy);
    ASSERT_TRUE(lease->Release(other));
  }
}

TEST_F(RetentionTest, WithoutRightsNothingIsArchivedOrLost) {
  InsertHistory(100);
  auto aggregator = database_.Connect(Account::kAggregator);
  const auto report = data_aggregator::Retain(aggregator, Options());
  const Error error = report ? report->errors.at(0) : report.error();
  EXPECT_EQ(error.code, ErrorCode::kRejected);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "100");
}

TEST_F(RetentionTest, TableWithoutDayPartitionsIsLeftAlone) {
  database_.Execute("ALTER TABLE zabbix_history REMOVE PARTITIONING");
  const auto report = Retain(Options());
  ASSERT_EQ(report.errors.size(), 1);
  EXPECT_EQ(report.errors[0].code, ErrorCode::kConfig);
}

TEST_F(RetentionTest, PartitionsAheadAreStillMadeAfterwards) {
  Retain();
  auto admin = OpenAdmin();
  EXPECT_GT(data_aggregator::MakePartitionsAhead(admin, kNow).value(), 90);
  EXPECT_EQ(data_aggregator::CountMissingPartitions(admin, kNow).value(), 0);
}

}  // namespace
}  // namespace mon::test
