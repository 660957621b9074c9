// The real program: exit codes, silence, signals.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "retention/retention_fixture.h"

namespace mon::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class RetentionProgramTest : public RetentionTest {
 protected:
  [[nodiscard]] std::map<std::string, std::string> Environment() const {
    return database_.Environment(Account::kAggregator);
  }
  /// From a directory of its own, with what stands before the program: "ulimit -f 1;".
  [[nodiscard]] std::vector<std::string> Command(const std::string& arguments,
                                                 const std::string& before = "") const {
    return {"/bin/sh", "-c",
            fmt::format("cd {}; {} exec {} {}", archive_.Path(), before, Program("data-aggregator"),
                        arguments)};
  }
  [[nodiscard]] std::string Archive() const {
    return database_.StateDirectory() + "/archive/" + database_.Name();
  }
  Finished Aggregator(const std::string& arguments) {
    return test::Run(Command(arguments), Environment());
  }
  void ExpectSilentSuccess(const Finished& run) {
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(run.out + run.err, "");
  }
};

TEST_F(RetentionProgramTest, ArchivesAndRestoresSilently) {
  InsertHistory(1'000);
  const auto before = database_.Query(kAllHistory);
  const Finished told = Aggregator("retention --dry-run");
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.out, HasSubstr("p20250615: 1000 rows would be archived and dropped"));
  ExpectSilentSuccess(Aggregator("retention"));
  EXPECT_THAT(database_.Query(kAllHistory), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(Archive() + "/zabbix_history/2025-06-15.1.tsv.gz"));
  EXPECT_THAT(Aggregator("restore --day 2025-06-15 --dry-run").out,
              HasSubstr("1000 rows in 1 files"));
  EXPECT_THAT(database_.Query(kAllHistory), IsEmpty());
  ExpectSilentSuccess(Aggregator("--log-level warning restore --day 2025-06-15"));
  EXPECT_EQ(database_.Query(kAllHistory), before);
}

TEST_F(RetentionProgramTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Aggregator("retention --daemon").exit_code, 64);
  EXPECT_EQ(Aggregator("retention --migrate").exit_code, 64);
  EXPECT_EQ(Aggregator("restore").exit_code, 64);
  EXPECT_EQ(Aggregator("restore --day yesterday").exit_code, 64);
  EXPECT_EQ(Aggregator("restore --day 2025-06-15 --table alerts").exit_code, 64);
  EXPECT_EQ(Aggregator("restore --day 2025-06-15").exit_code, 66);
}

TEST_F(RetentionProgramTest, FullDiskDropsNothing) {
  InsertHistory(5'000);
  const auto before = database_.Query(kAllHistory);
  // The limit is in blocks of 512 bytes, or more in some shells.
  const Finished run = test::Run(Command("retention", "trap '' XFSZ; ulimit -f 2;"), Environment());
  EXPECT_EQ(run.exit_code, 74) << run.err;
  EXPECT_THAT(run.err, HasSubstr("2025-06-15.1.tsv.gz.new cannot be written"));
  EXPECT_EQ(database_.Query(kAllHistory), before);
  EXPECT_TRUE(std::filesystem::is_empty(Archive() + "/zabbix_history"));
  ExpectSilentSuccess(Aggregator("retention"));
}

TEST_F(RetentionProgramTest, ArchiveThatCannotBeMadeIs74) {
  InsertHistory(10);
  auto environment = Environment();
  environment["MONITORING_STATE_DIR"] = "/proc/nowhere";
  EXPECT_EQ(test::Run(Command("retention"), environment).exit_code, 74);
}

TEST_F(RetentionProgramTest, WithoutTheAdminAccountItSaysWhatToGrant) {
  InsertHistory(10);
  auto environment = Environment();
  environment.erase("MYSQL_ADMIN_USER");
  environment.erase("MYSQL_ADMIN_PASSWORD");
  const Finished run = test::Run(Command("retention"), environment);
  EXPECT_EQ(run.exit_code, 77);
  EXPECT_THAT(run.err, HasSubstr("CREATE, DROP and ALTER"));
}

TEST_F(RetentionProgramTest, KilledAtAnyMomentTheNextRunsEndTheSame) {
  InsertHistory(6'000);
  InsertHistory(300, kDay + 86'400);
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at)"
      " WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 900)"
      " SELECT n, n, 0.5, '2024-01-01 10:00:00' FROM number");
  const auto history = database_.Query(kAllHistory);
  const auto metrics = database_.Query(kAllMetrics);
  int kills = 0;
  for (auto delay = std::chrono::milliseconds(1);; delay += std::chrono::milliseconds(4)) {
    Background run(Command("retention"), Environment());
    std::this_thread::sleep_for(delay);  // the fault itself: the moment at which it is killed
    run.Signal(SIGKILL);
    if (run.Wait() == 0) break;
    ++kills;
  }
  EXPECT_GT(kills, 10);
  ExpectSilentSuccess(Aggregator("retention"));
  EXPECT_THAT(database_.Query(kAllHistory), IsEmpty());
  EXPECT_EQ(Partitions(), "p_archived p_ahead");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema ="
                               " DATABASE() AND table_name LIKE '%archiving%'"),
            "0");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Archive()))
    EXPECT_NE(entry.path().extension(), ".new") << entry.path();
  for (const char* day : {"2025-06-15", "2025-06-16", "2024-01-01"})
    ExpectSilentSuccess(Aggregator(fmt::format("restore --day {}", day)));
  EXPECT_EQ(database_.Query(kAllHistory), history);
  EXPECT_EQ(database_.Query(kAllMetrics), metrics);
}

TEST_F(RetentionProgramTest, RestoreThatWasKilledIsRepeated) {
  InsertHistory(20'000);
  const auto history = database_.Query(kAllHistory);
  ExpectSilentSuccess(Aggregator("retention"));
  for (auto delay = std::chrono::milliseconds(1);; delay += std::chrono::milliseconds(40)) {
    Background run(Command("restore --day 2025-06-15"), Environment());
    std::this_thread::sleep_for(delay);
    run.Signal(SIGKILL);
    if (run.Wait() == 0) break;
  }
  EXPECT_EQ(database_.Query(kAllHistory), history);
}

TEST_F(RetentionProgramTest, StopsAtOnceAndGoesOnLater) {
  InsertHistory(100);
  auto reader = database_.Connect();
  ASSERT_TRUE(reader.Begin());
  ASSERT_TRUE(reader.Query("SELECT COUNT(*) FROM zabbix_history"));
  Background run(Command("retention"), Environment());
  while (database_.QueryOne("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE"
                            " '%EXCHANGE PARTITION%' AND db = DATABASE() AND id <>"
                            " CONNECTION_ID()") == "0")
    std::this_thread::yield();
  run.Signal(SIGTERM);
  EXPECT_EQ(run.Wait(std::chrono::seconds(5)), 0);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "100");
  ASSERT_TRUE(reader.Commit());
  ExpectSilentSuccess(Aggregator("retention"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history"), "0");
}

TEST_F(RetentionProgramTest, RestoredSamplesRaiseNoAlert) {
  const auto process = [&] {
    auto environment = database_.Environment(Account::kProcessor);
    return test::Run(
        {"/bin/sh", "-c", fmt::format("cd {}; exec {}", archive_.Path(), Program("processor"))},
        environment);
  };
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at) VALUES"
      " (1718445600, 1, 0.9, '2024-06-15 10:00:00'), (1718445610, 1, 0.9, '2024-06-15 10:00:10')");
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES"
      " (UNIX_TIMESTAMP() - 5, 1, 0.9)");
  process();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
  ExpectSilentSuccess(Aggregator("retention"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
  process();
  ExpectSilentSuccess(Aggregator("restore --day 2024-06-15"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "3");
  process();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application) VALUES"
      " (UNIX_TIMESTAMP(), 1, 0.9, 'shop')");
  process();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM alerts"), "2") << "new ones still do";
}

}  // namespace
}  // namespace mon::test
