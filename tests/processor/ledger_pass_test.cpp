#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "ledger_store.h"
#include "processor/processor_world.h"
#include "support/statement_log.h"

// Which rows of hyphenmon_metrics passes read, and that each is read once: gaps, order, first
// passes.

namespace mon::test {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

void InsertWithId(ProcessorWorld& world, std::int64_t id, std::int64_t timestamp,
                  double error_rate) {
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (id, timestamp, response_time_ms, error_rate)"
      " VALUES (?, ?, 100, ?)",
      {id, timestamp, error_rate});
}

TEST(LedgerPassTest, InsertHeldOpenOverThreePassesIsExactlyOneAlert) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Insert(t, 0.1);
  world.Pass();

  auto writer = world.db.Connect(Account::kAdmin);
  ASSERT_TRUE(writer.Begin());
  ASSERT_TRUE(
      writer.Execute("INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
                     " VALUES (?, 100, 0.9)",
                     std::vector<mysql::Value>{t + 5}));
  for (int pass = 1; pass <= 3; ++pass) {
    world.Insert(t + 10 * pass, 0.1);
    world.Pass();
  }
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  ASSERT_TRUE(writer.Commit());
  world.Pass();
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT started_at, ended_at, status FROM alerts"),
            (std::vector<std::vector<std::string>>{
                {std::to_string(t + 5), std::to_string(t + 10), "resolved"}}));
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(LedgerPassTest, FirstPassLeavesIdsOpenThatMayStillCommit) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  auto writer = world.db.Connect(Account::kAdmin);
  ASSERT_TRUE(writer.Begin());
  ASSERT_TRUE(
      writer.Execute("INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
                     " VALUES (?, 100, 0.9)",
                     std::vector<mysql::Value>{t + 5}));
  world.Insert(t, 0.1);
  world.Pass();
  ASSERT_TRUE(writer.Commit());
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
}

TEST(LedgerPassTest, FirstPassLooksAtManyRowsInShortStatements) {
  ProcessorWorld world;
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (id, timestamp, response_time_ms, error_rate, recorded_at)"
      " SELECT seq, 1000000 + seq, 100, 0.9, NOW() - INTERVAL 3 HOUR FROM seq_10_to_250000"
      " WHERE seq <> 120000 AND seq NOT BETWEEN 150000 AND 249990");
  world.Insert(world.now - 50, 0.9);
  const StatementLog log(world.db, Account::kProcessor);
  world.Pass();
  using Ranges = std::vector<std::vector<std::string>>;
  EXPECT_EQ(world.db.Query("SELECT first_id, last_id FROM processed_ranges ORDER BY first_id"),
            (Ranges{{"0", "0"}, {"10", "119999"}, {"120001", "149999"}, {"249991", "250001"}}));
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1") << "of what was recorded lately";
  for (const auto& statement : log.Statements()) {
    if (statement.contains("recorded_at") && statement.contains("FROM hyphenmon_metrics")) {
      EXPECT_THAT(statement, AnyOf(HasSubstr("LIMIT"), HasSubstr("id BETWEEN")));
    }
  }
}

TEST(LedgerPassTest, FirstPassOverManyRowsEndsWhenItIsToldTo) {
  ProcessorWorld world;
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (id, timestamp, response_time_ms, error_rate)"
      " SELECT seq, 1000000 + seq, 100, 0.1 FROM seq_1_to_250000");
  auto connection = world.db.Connect(Account::kProcessor);
  const StatementLog log(world.db, Account::kProcessor);
  const auto ledger = processor::FirstLedger(
      connection, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
      {}, []() -> Result<void> { return Fail(ErrorCode::kBusy, "told to stop"); });
  ASSERT_FALSE(ledger.has_value());
  EXPECT_THAT(ledger.error().message, HasSubstr("told to stop"));
  EXPECT_LE(log.Statements().size(), 2) << "of three and more";
}

TEST(LedgerPassTest, RowThatComesDuringAFirstPassIsRead) {
  ProcessorWorld world;
  auto connection = world.db.Connect(Account::kProcessor);
  for (unsigned round = 0; round < 200; ++round) {
    world.db.Execute("DELETE FROM hyphenmon_metrics");
    std::int64_t id = 0;
    std::jthread writer([&] { id = world.Insert(world.now, 0.9); });
    usleep(round * 5);  // so that it comes between any two of the statements
    const auto ledger = processor::FirstLedger(
        connection, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
        {.read_back = std::chrono::minutes(2)}, []() -> Result<void> { return {}; });
    writer.join();
    ASSERT_TRUE(ledger.has_value()) << ledger.error().message;
    ASSERT_FALSE(ledger->Contains(id)) << round;
  }
}

TEST(LedgerPassTest, FirstPassReadsWhatWasRecordedLately) {
  ProcessorWorld world;
  const auto t = world.now - 1000;
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate,"
      " recorded_at) VALUES (?, 100, 0.9, NOW() - INTERVAL 10 MINUTE)",
      {t});
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate,"
      " recorded_at) VALUES (?, 100, 0.9, NULL)",
      {t + 1});
  world.Insert(t + 900, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT started_at FROM alerts"),
            (std::vector<std::vector<std::string>>{{std::to_string(t + 900)}}));
}

TEST(LedgerPassTest, FirstPassOnAnEmptyTableIsTheFirstOne) {
  ProcessorWorld world;
  world.Pass();
  world.db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate,"
      " recorded_at) VALUES (?, 100, 0.9, NOW() - INTERVAL 10 MINUTE)",
      {world.now - 600});
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
}

TEST(LedgerPassTest, IdsOutOfOrderAreAllRead) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  const auto insert = [&](int id, int offset, double rate) {
    InsertWithId(world, id, t + offset, rate);
  };
  insert(50, 0, 0.1);
  world.Pass();
  insert(30, 10, 0.9);
  world.Pass();
  insert(40, 20, 0.9);
  insert(10, 30, 0.1);
  world.Pass();
  insert(20, 40, 0.1);
  world.Pass();
  EXPECT_EQ(
      world.db.Query("SELECT started_at, ended_at FROM alerts"),
      (std::vector<std::vector<std::string>>{{std::to_string(t + 10), std::to_string(t + 30)}}));
  EXPECT_THAT(world.Subjects(), SizeIs(2));
}

TEST(LedgerPassTest, IdsThatBeginAnewAreReadAsInAFirstPass) {
  ProcessorWorld world;
  world.Pass();
  world.Insert(world.now - 100, 0.1);
  world.Insert(world.now - 90, 0.1);
  world.Pass();
  world.db.Execute("TRUNCATE TABLE hyphenmon_metrics");
  world.Pass();
  EXPECT_EQ(world.Insert(world.now - 50, 0.9), 1);
  const auto run = world.Run();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("have begun anew"));
  EXPECT_EQ(world.db.QueryOne("SELECT started_at FROM alerts"), std::to_string(world.now - 50));
  EXPECT_EQ(world.db.Query("SELECT first_id, last_id FROM processed_ranges"),
            (std::vector<std::vector<std::string>>{{"0", "1"}}));
  world.Pass();
}

TEST(LedgerPassTest, LedgerStaysOneRangeWhereIdsHaveNoGaps) {
  ProcessorWorld world;
  world.Pass();
  for (int i = 0; i < 3; ++i) {
    world.Insert(world.now - 50 + i, 0.1);
    world.Pass();
  }
  EXPECT_EQ(world.db.Query("SELECT first_id, last_id FROM processed_ranges"),
            (std::vector<std::vector<std::string>>{{"0", "3"}}));
}

TEST(LedgerPassTest, GapClosesAfterADay) {
  ProcessorWorld world;
  const auto first = world.Insert(world.now - 50, 0.1);
  world.db.Execute("UPDATE hyphenmon_metrics SET id = id + 5");
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM processed_ranges"), "2");
  world.db.Execute(
      "UPDATE processed_ranges SET begun_at = begun_at - INTERVAL 25 HOUR,"
      " finished_at = finished_at - INTERVAL 25 HOUR");
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT first_id, last_id FROM processed_ranges"),
            (std::vector<std::vector<std::string>>{{"0", std::to_string(first + 5)}}));
}

TEST(LedgerPassTest, GapClosesAtTheConfiguredAge) {
  ProcessorWorld world("[processor]\ngap_age = \"1h\"\n");
  const auto first = world.Insert(world.now - 50, 0.1);
  world.db.Execute("UPDATE hyphenmon_metrics SET id = id + 5");
  world.Pass();
  const auto age = [&](int minutes) {
    world.db.Execute(
        "UPDATE processed_ranges SET begun_at = begun_at - INTERVAL ? MINUTE,"
        " finished_at = finished_at - INTERVAL ? MINUTE",
        {std::int64_t{minutes}, std::int64_t{minutes}});
    world.Pass();
  };
  age(50);
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM processed_ranges"), "2");
  age(20);
  EXPECT_EQ(world.db.Query("SELECT first_id, last_id FROM processed_ranges"),
            (std::vector<std::vector<std::string>>{{"0", std::to_string(first + 5)}}));
}

TEST(LedgerPassTest, FirstPassWaitsForGapsOfTheConfiguredAge) {
  // Rows of two hours ago: by default their gap is waited for; told that transactions are short,
  // not.
  const auto ranges = [](const std::string& rules) {
    ProcessorWorld world(rules);
    world.db.Execute(
        "INSERT INTO hyphenmon_metrics (id, timestamp, response_time_ms, error_rate, recorded_at)"
        " VALUES (10, ?, 100, 0.1, NOW() - INTERVAL 2 HOUR),"
        "        (12, ?, 100, 0.1, NOW() - INTERVAL 2 HOUR)",
        {world.now - 7'210, world.now - 7'200});
    world.Pass();
    return world.db.Query("SELECT first_id, last_id FROM processed_ranges ORDER BY first_id");
  };
  using Ranges = std::vector<std::vector<std::string>>;
  EXPECT_EQ(ranges(""), (Ranges{{"0", "0"}, {"10", "10"}, {"12", "12"}}));
  EXPECT_EQ(ranges("[processor]\ngap_age = \"1h\"\n"), (Ranges{{"0", "12"}}));
}

TEST(LedgerPassTest, OldGapIsReadOnceMoreBeforeItCloses) {
  // The row committed long ago, and no pass has been made since.
  ProcessorWorld world;
  world.Pass();
  const auto t = world.now - 100;
  const auto insert = [&](std::int64_t id, double rate) {
    InsertWithId(world, id, t + id - 100, rate);
  };
  insert(100, 0.1);
  insert(102, 0.1);
  world.Pass();
  world.db.Execute(
      "UPDATE processed_ranges SET begun_at = begun_at - INTERVAL 25 HOUR,"
      " finished_at = finished_at - INTERVAL 25 HOUR");
  insert(101, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT started_at FROM alerts"),
            (std::vector<std::vector<std::string>>{{std::to_string(t + 1)}}));
  EXPECT_EQ(world.db.Query("SELECT first_id, last_id FROM processed_ranges"),
            (std::vector<std::vector<std::string>>{{"0", "102"}}));
}

TEST(LedgerPassTest, IdsInStepsAreReadWhereverTheyAreFilledIn) {
  // As a cluster hands them out: each node every third id.
  ProcessorWorld world;
  world.Pass();
  const auto t = world.now - 1000;
  const auto insert = [&](std::int64_t id, double rate) { InsertWithId(world, id, t + id, rate); };
  for (std::int64_t id = 1; id <= 600; id += 3) insert(id, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM processed_ranges"), "200");
  for (const std::int64_t id : {2, 300, 599}) insert(id, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT started_at FROM alerts ORDER BY started_at"),
            (std::vector<std::vector<std::string>>{
                {std::to_string(t + 2)}, {std::to_string(t + 300)}, {std::to_string(t + 599)}}));
  world.Pass();
  EXPECT_THAT(world.Subjects(), ElementsAre(HasSubstr("3 alerts: hyphenmon")));
}

}  // namespace
}  // namespace mon::test
