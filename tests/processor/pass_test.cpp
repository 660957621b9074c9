#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/clock.h"
#include "processor/processor_world.h"

// The program on a real database, with mails into a Maildir.

namespace mon::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(PassTest, NothingNewIsSilentAndStartsNoDelivery) {
  ProcessorWorld world;
  world.Pass();
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT SUM(token) FROM leases WHERE name = 'delivery'"), "0");
}

TEST(PassTest, IncidentThatLastsIsOneMailAtItsBeginningAndOneAtItsEnd) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  world.Insert(t, 0.1);
  world.Pass();
  world.Insert(t + 10, 0.9);
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
  world.Insert(t + 20, 0.95);
  world.Pass();
  world.Insert(t + 30, 0.9);
  world.Pass();
  world.Insert(t + 40, 0.1);
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
  world.Insert(t + 50, 0.1);
  world.Pass();
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(2));

  EXPECT_EQ(
      world.db.Query("SELECT application, status, started_at, fired_at, ended_at, CONCAT(value),"
                     " CONCAT(limit_value), CONCAT(peak) FROM alerts"),
      (std::vector<std::vector<std::string>>{{"hyphenmon", "resolved", std::to_string(t + 10),
                                              std::to_string(t + 10), std::to_string(t + 40), "0.9",
                                              "0.5", "0.95"}}));
  EXPECT_EQ(world.db.Query("SELECT kind FROM alert_events ORDER BY id"),
            (std::vector<std::vector<std::string>>{{"fired"}, {"resolved"}}));
}

TEST(PassTest, RowsOfAnotherProgramAndOursAreOneSeries) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  world.InsertOf("hyphenmon", t, 0.9);
  world.Insert(t + 10, 0.9);
  world.InsertOf("shop", t + 10, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT application FROM alerts"),
            (std::vector<std::vector<std::string>>{{"hyphenmon"}}));
}

TEST(PassTest, OfTwoRowsOfOneSecondTheHighestIdCounts) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  world.Insert(t, 0.9);
  world.Insert(t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  world.Insert(t + 10, 0.1);
  world.Insert(t + 10, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
}

TEST(PassTest, ReplacedValueIsJudgedAgain) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  for (int i = 0; i < 5; ++i) world.Insert(t + 10 * i, 0.1);
  world.Pass();
  world.Insert(t + 20, 0.9);
  world.Pass();
  EXPECT_EQ(
      world.db.Query("SELECT started_at, ended_at FROM alerts"),
      (std::vector<std::vector<std::string>>{{std::to_string(t + 20), std::to_string(t + 30)}}));
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(PassTest, LateDataIsToldInTheRecoveryMail) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  world.Insert(t, 0.1);
  world.Insert(t + 20, 0.9);
  world.Pass();
  world.Insert(t + 10, 0.8);
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
  world.Insert(t + 30, 0.1);
  world.Insert(t + 40, 0.1);
  world.Pass();
  const auto mails = world.Mails();
  ASSERT_THAT(mails, SizeIs(2));
  EXPECT_THAT(mails[1], HasSubstr("arrived late"));
}

TEST(PassTest, RowsThatCannotBeJudgedAreSkippedWithTheReason) {
  ProcessorWorld world;
  world.Pass();
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES"
      " (NULL, 100, 0.9), (?, NULL, 0.9), (?, 100, NULL), (?, -1, 0.9), (?, 100, 1.5),"
      " (?, 100, 0.9)",
      {world.now - 50, world.now - 49, world.now - 48, world.now - 47, world.now + 7200});
  const auto run = world.Run();
  EXPECT_EQ(run.exit_code, 0);
  for (const auto* reason : {"timestamp is NULL", "response_time_ms is NULL", "error_rate is NULL",
                             "response_time_ms is out of range", "error_rate is not within 0 and 1",
                             "timestamp is more than an hour ahead"}) {
    EXPECT_THAT(run.err, HasSubstr(reason));
  }
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  world.Pass();  // and never looked at again
}

TEST(PassTest, DryRunTellsAndChangesNothing) {
  ProcessorWorld world;
  world.Insert(world.now - 50, 0.9);
  const auto run = world.Run({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("Error rate of hyphenmon is 0.9"));
  EXPECT_THAT(run.out, HasSubstr("mail "));
  for (const auto* table :
       {"processed_ranges", "rule_states", "alerts", "alert_events", "notifications"}) {
    EXPECT_EQ(world.db.QueryOne(std::string("SELECT COUNT(*) FROM ") + table), "0") << table;
  }
  EXPECT_EQ(world.db.QueryOne("SELECT SUM(token) FROM leases WHERE name = 'processor'"), "0");
  EXPECT_THAT(world.Subjects(), SizeIs(0));
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(PassTest, DryRunOnlyReads) {
  ProcessorWorld world;
  world.Insert(world.now - 50, 0.9);
  const auto next_ids =
      "SELECT GROUP_CONCAT(table_name, COALESCE(auto_increment, 0) ORDER BY table_name)"
      " FROM information_schema.tables WHERE table_schema = DATABASE()";
  const auto before = world.db.QueryOne(next_ids);
  auto pass = world.db.Connect(Account::kAdmin);
  ASSERT_TRUE(pass.Begin());
  for (const auto* table : {"rule_states", "alerts", "processed_ranges"}) {
    ASSERT_TRUE(pass.Query(std::string("SELECT * FROM ") + table + " FOR UPDATE"));
  }
  const auto run = world.Run({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("[PROBLEM critical P1] hyphenmon"));
  EXPECT_EQ(world.db.QueryOne(next_ids), before);
}

/// 12,000 samples, more than two pages of a pass; an incident begins on the first page and ends on
/// the second.
void InsertMany(ProcessorWorld& world, std::int64_t from) {
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
      " SELECT ? + seq, 100, IF(seq BETWEEN 4990 AND 5010, 0.9, 0.1)"
      " FROM (SELECT a.n + 100 * b.n AS seq FROM"
      "  (WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n < 99)"
      "   SELECT n FROM r) a,"
      "  (WITH RECURSIVE r(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n < 119)"
      "   SELECT n FROM r) b) s ORDER BY seq",
      {from});
}

TEST(PassTest, PassOfSeveralPagesShowsOnTheWayThatItIsAtWork) {
  ProcessorWorld world;
  world.Pass();
  world.Insert(world.now - 50, 0.1);
  world.Pass();
  const std::string worked =
      "SELECT COALESCE(worked_at < passed_at, 'never') FROM leases"
      " WHERE name = 'processor'";
  EXPECT_EQ(world.db.QueryOne(worked), "never") << "a pass of one page is over at once";
  InsertMany(world, world.now - 20'000);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne(worked), "1");
}

/// How many rows the server has read one after the other.
std::int64_t RowsRead(ProcessorWorld& world) {
  std::int64_t sum = 0;
  for (const auto& row : world.db.Query("SHOW GLOBAL STATUS LIKE 'Handler_read%'")) {
    sum += std::stoll(row.at(1));
  }
  return sum;
}

TEST(PassTest, StretchAroundALateSampleIsReadByIndex) {
  ProcessorWorld world;
  world.Pass();
  InsertMany(world, world.now - 20'000);
  world.Pass();
  const auto read_by = [&] {
    const auto before = RowsRead(world);
    world.Pass();
    return RowsRead(world) - before;
  };
  const auto with_nothing_new = read_by();  // MySQL's own bookkeeping reads some, too
  world.Insert(world.now - 19'000, 0.9);
  EXPECT_LT(read_by() - with_nothing_new, 4'000);
  EXPECT_THAT(world.Subjects(), SizeIs(2));
}

TEST(PassTest, DryRunOfSeveralPagesTellsWhatThePassThenDoes) {
  ProcessorWorld world;
  world.Pass();
  InsertMany(world, world.now - 20'000);
  const auto told = world.Run({"--dry-run"}).out;
  world.Pass();
  const auto subjects = world.Subjects();
  ASSERT_THAT(subjects, SizeIs(1));
  EXPECT_THAT(subjects[0], HasSubstr("[RESOLVED critical]"));  // it went over from page to page
  EXPECT_THAT(told, HasSubstr(subjects[0]));
}

TEST(PassTest, DryRunDoesNotWaitForADelivery) {
  ProcessorWorld world;
  world.Pass();
  world.Insert(world.now - 50, 0.9);
  world.Pass();
  world.Insert(world.now - 40, 0.1);
  world.Insert(world.now - 30, 0.1);
  auto delivery = world.db.Connect(Account::kAdmin);
  ASSERT_TRUE(delivery.Begin());
  ASSERT_TRUE(delivery.Query("SELECT * FROM notification_recipients FOR UPDATE"));
  const auto run = world.Run({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("[RESOLVED critical] hyphenmon"));
}

TEST(PassTest, IncidentThatIsRecordedAlreadyIsNotToldAgain) {
  // As after a loss of rule_states: the incident is there, and the state that knew it is not.
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  world.Insert(t, 0.9);
  world.Pass();
  world.db.Execute("DELETE FROM rule_states");
  world.db.Execute("DELETE FROM processed_ranges");
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alert_events"), "1");
  EXPECT_THAT(world.Subjects(), SizeIs(1));
  world.Insert(t + 10, 0.1);
  world.Insert(t + 20, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT status FROM alerts"), "resolved");
  EXPECT_THAT(world.Subjects(), SizeIs(2));
}

TEST(PassTest, IncidentThatGetsTheIdOfAForgottenOneIsMailed) {
  ProcessorWorld world;
  world.Pass();
  world.Insert(world.now - 100, 0.9);
  world.Pass();
  for (const auto* table : {"alert_events", "alerts", "rule_states"}) {
    world.db.Execute(std::string("TRUNCATE TABLE ") + table);
  }
  world.Insert(world.now - 50, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT id FROM alerts"), "1");
  EXPECT_THAT(world.Subjects(), SizeIs(2));
}

TEST(PassTest, MoreRowsThanAPageAreAllRead) {
  ProcessorWorld world;
  world.Pass();
  InsertMany(world, world.now - 20'000);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT started_at, ended_at FROM alerts"),
            (std::vector<std::vector<std::string>>{{std::to_string(world.now - 20'000 + 4990),
                                                    std::to_string(world.now - 20'000 + 5011)}}));
  EXPECT_THAT(world.db.Query("SELECT last_id FROM processed_ranges"), SizeIs(1));
}

}  // namespace
}  // namespace mon::test
