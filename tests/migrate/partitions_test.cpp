#include <gmock/gmock.h>

#include <chrono>

#include "data_aggregator/migrate.h"
#include "migrate/migration.h"

namespace mon::data_aggregator {
namespace {

using namespace std::chrono_literals;
using test::Account;
using test::TestDatabase;

constexpr TimePoint kNow{1'750'000'000'000ms};  // 2025-06-15 15:06:40 UTC

std::string Partitions(TestDatabase& database) {
  return database.QueryOne(
      "SELECT GROUP_CONCAT(partition_name ORDER BY partition_ordinal_position SEPARATOR ' ')"
      " FROM information_schema.partitions WHERE table_schema = DATABASE()"
      " AND table_name = 'zabbix_history'");
}

class PartitionsTest : public testing::Test {
 protected:
  PartitionsTest() {
    auto result = test::Migrate(database_, {.days_ahead = 1, .now = kNow});
    EXPECT_TRUE(result) << result.error().message;
  }
  TestDatabase database_{test::kWithoutTables};
  mysql::Connection admin_ = database_.Connect();
};

TEST_F(PartitionsTest, DaysAreMadeAheadFromYesterdayOn) {
  EXPECT_EQ(Partitions(database_), "p20250614 p20250615 p20250616 p_ahead");
  EXPECT_EQ(CountMissingPartitions(admin_, kNow, 1).value(), 0);
  EXPECT_EQ(CountMissingPartitions(admin_, kNow, 7).value(), 6);
}

TEST_F(PartitionsTest, NextDayAddsOne) {
  EXPECT_EQ(MakePartitionsAhead(admin_, kNow + 24h, 1).value(), 1);
  EXPECT_EQ(MakePartitionsAhead(admin_, kNow + 24h, 1).value(), 0);
  EXPECT_EQ(Partitions(database_), "p20250614 p20250615 p20250616 p20250617 p_ahead");
}

TEST_F(PartitionsTest, RowsThatLieAheadMoveIntoTheirDays) {
  // The aggregator was away for weeks, or its clock was ahead.
  database_.Execute(
      "INSERT INTO zabbix_history (itemid, clock, value) VALUES (1, 1750000000, 1),"
      " (1, 1752000000, 2), (1, 1900000000, 3)");
  EXPECT_EQ(MakePartitionsAhead(admin_, kNow + 24h * 24, 1).value(), 24);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history PARTITION (p20250708)"), "1");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_history PARTITION (p_ahead)"), "1");
  EXPECT_EQ(database_.QueryOne("SELECT SUM(value) FROM zabbix_history"), "6");
}

TEST_F(PartitionsTest, ManyRowsAreMovedOnlyWhereThatIsAskedFor) {
  database_.Execute(
      "INSERT INTO zabbix_history (itemid, clock, value)"
      " WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 900)"
      " SELECT n, 1900000000, 1 FROM number");
  database_.Query("ANALYZE TABLE zabbix_history");
  const auto made = MakePartitionsAhead(admin_, kNow + 24h, 1, 500);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(Partitions(database_), "p20250614 p20250615 p20250616 p_ahead");
  EXPECT_EQ(MakePartitionsAhead(admin_, kNow + 24h, 1, 100'000).value(), 1);
}

TEST_F(PartitionsTest, WithoutTheRightNothingIsLost) {
  auto aggregator = database_.Connect(Account::kAggregator);
  EXPECT_EQ(CountMissingPartitions(aggregator, kNow + 24h, 1).value(), 1);
  const auto made = MakePartitionsAhead(aggregator, kNow + 24h, 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kRejected);
  EXPECT_TRUE(aggregator.Execute(
      "INSERT INTO zabbix_history (itemid, clock, value) VALUES (1, 1760000000, 1)"));
}

TEST_F(PartitionsTest, OldestTakesWhatIsOlder) {
  EXPECT_EQ(database_.Execute(
                "INSERT INTO zabbix_history (itemid, clock, value) VALUES (1, 1000000000, 1)"),
            1);
}

}  // namespace
}  // namespace mon::data_aggregator
