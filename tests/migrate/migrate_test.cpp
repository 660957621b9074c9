#include "data_aggregator/migrate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>

#include "migrate/migration.h"
#include "mysql/lease.h"
#include "mysql/schema.h"
#include "support/paths.h"

namespace mon::data_aggregator {
namespace {

using test::Account;
using test::kWithoutTables;
using test::TestDatabase;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::vector<std::string>> Columns(TestDatabase& database) {
  return database.Query(
      "SELECT table_name, column_name, ordinal_position, column_default, is_nullable, column_type,"
      " collation_name, extra, column_comment FROM information_schema.columns"
      " WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position");
}

std::vector<std::vector<std::string>> Keys(TestDatabase& database) {
  return database.Query(
      "SELECT table_name, index_name, non_unique, seq_in_index, column_name"
      " FROM information_schema.statistics WHERE table_schema = DATABASE()"
      " ORDER BY table_name, index_name, seq_in_index");
}

std::vector<std::vector<std::string>> Tables(TestDatabase& database) {
  return database.Query(
      "SELECT table_name, engine, table_collation, create_options FROM information_schema.tables"
      " WHERE table_schema = DATABASE() ORDER BY table_name");
}

/// Runs the files of sql/ with a client, as an operator would.
void MigrateByHand(TestDatabase& database) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(test::SqlDirectory())) {
    const std::string name = entry.path().filename();
    if (name[0] == '0' && name.ends_with(".sql")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  ASSERT_FALSE(files.empty());
  const MysqlConfig config = database.Config(Account::kAdmin);
  for (const std::string& file : files) {
    const auto done =
        test::Run({"sh", "-c",
                   "exec mariadb --no-defaults --protocol=tcp --host=127.0.0.1 "
                   "--port=" +
                       std::to_string(config.hosts[0].port) + " --user=" + config.admin_user +
                       " --password=" + config.admin_password.Reveal() + " " + config.database +
                       " < " + file});
    ASSERT_EQ(done.exit_code, 0) << file << "\n" << done.err;
  }
}

TEST(MigrateTest, FreshDatabaseGetsEverything) {
  TestDatabase database(kWithoutTables);
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->version, std::to_string(mysql::kSchemaVersion.major) + "." +
                                 std::to_string(mysql::kSchemaVersion.minor));
  EXPECT_THAT(result->done, Contains("step 000_bookkeeping"));
  EXPECT_THAT(result->done, Contains(HasSubstr("9 day partitions")));
  auto connection = database.Connect(Account::kAggregator);
  EXPECT_TRUE(mysql::CheckSchema(connection));
}

// As docs/scale.md advises for many items: keys of such a server have at most 1,536 bytes.
TEST(MigrateTest, PagesOf8KilobytesHoldEverything) {
  test::MariadbServer server({"--page-size=8K"});
  TestDatabase database(server, kWithoutTables);
  ASSERT_EQ(database.QueryOne("SELECT @@innodb_page_size"), "8192");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  auto connection = database.Connect(Account::kAggregator);
  EXPECT_TRUE(mysql::CheckSchema(connection));
}

TEST(MigrateTest, SmallerPagesAreRefusedBeforeAnythingIsDone) {
  test::MariadbServer server({"--page-size=4K"});
  TestDatabase database(server, kWithoutTables);
  const auto result = test::Migrate(database);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kConfig);
  EXPECT_THAT(result.error().message, HasSubstr("innodb_page_size is 4096"));
  EXPECT_THAT(database.Query("SHOW TABLES"), IsEmpty());
}

TEST(MigrateTest, SecondRunDoesNothing) {
  TestDatabase database;
  const auto applied = database.Query("SELECT * FROM schema_version ORDER BY step");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->done, IsEmpty());
  EXPECT_EQ(result->version, std::to_string(mysql::kSchemaVersion.major) + "." +
                                 std::to_string(mysql::kSchemaVersion.minor));
  EXPECT_EQ(database.Query("SELECT * FROM schema_version ORDER BY step"), applied);
}

TEST(MigrateTest, StepThatIsMissingIsApplied) {
  TestDatabase database;
  database.Execute("DROP TABLE notification_attempts");
  database.Execute("DELETE FROM schema_version WHERE step = 6");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->done, testing::ElementsAre("step 006_notifications"));
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM notification_attempts"), "0");
}

TEST(MigrateTest, TableThatWasDroppedIsMadeAgain) {
  TestDatabase database;
  const auto tables = Tables(database);
  const auto columns = Columns(database);
  const auto keys = Keys(database);
  for (const auto& table : tables) {
    SCOPED_TRACE(table[0]);
    database.Execute("DROP TABLE " + table[0]);
    const auto result = test::Migrate(database);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_THAT(result->done, testing::Not(IsEmpty()));
    EXPECT_EQ(Tables(database), tables);
    EXPECT_EQ(Columns(database), columns);
    EXPECT_EQ(Keys(database), keys);
  }
  EXPECT_THAT(test::Migrate(database)->done, IsEmpty());
}

TEST(MigrateTest, TablesThatAnotherProgramMadeAnewAreTakenOverAgain) {
  TestDatabase database;
  database.Execute("DROP TABLE hyphenmon_metrics, zabbix_items");
  test::CreateOldTables(database, "DEFAULT CHARSET = utf8mb4");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->done, testing::ElementsAre("step 002_old_tables"));
  EXPECT_EQ(database.QueryOne("SELECT COUNT(application) FROM hyphenmon_metrics"), "0");
  EXPECT_EQ(database.QueryOne("SELECT COUNT(item_key) FROM zabbix_items"), "0");
}

TEST(MigrateTest, ByHandIsTheSame) {
  TestDatabase by_program;
  TestDatabase by_hand(kWithoutTables);
  MigrateByHand(by_hand);
  EXPECT_EQ(Columns(by_hand), Columns(by_program));
  EXPECT_EQ(Keys(by_hand), Keys(by_program));
  EXPECT_EQ(Tables(by_hand), Tables(by_program));
  const auto result = test::Migrate(by_hand);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->done, testing::ElementsAre(HasSubstr("day partitions")));
}

TEST(MigrateTest, OldTablesByHandAreTheSame) {
  TestDatabase by_program(kWithoutTables);
  TestDatabase by_hand(kWithoutTables);
  for (TestDatabase* database : {&by_program, &by_hand})
    test::CreateOldTables(*database, "DEFAULT CHARSET = latin1");
  ASSERT_TRUE(test::Migrate(by_program));
  MigrateByHand(by_hand);
  EXPECT_EQ(Columns(by_hand), Columns(by_program));
  EXPECT_EQ(Keys(by_hand), Keys(by_program));
}

TEST(MigrateTest, DryRunChangesNothing) {
  TestDatabase database(kWithoutTables);
  test::CreateOldTables(database, "DEFAULT CHARSET = latin1");
  const auto before = Columns(database);
  const auto result = test::Migrate(database, {.dry_run = true});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->done, Contains("step 003_history would be applied"));
  EXPECT_THAT(result->done, Contains(HasSubstr("zabbix_items (about 0 rows) would become")));
  EXPECT_EQ(Columns(database), before);
}

TEST(MigrateTest, NewerMajorIsRefused) {
  TestDatabase database;
  database.Execute("INSERT INTO schema_version (step, major, minor) VALUES (99, 2, 0)");
  const auto result = test::Migrate(database);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kConfig);
  EXPECT_THAT(result.error().message, HasSubstr("newer release"));
}

TEST(MigrateTest, NewerMinorIsLeftAlone) {
  TestDatabase database;
  database.Execute("INSERT INTO schema_version (step, major, minor) VALUES (99, 1, 99)");
  const auto result = test::Migrate(database);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->version, "1.99");
  EXPECT_THAT(result->done, IsEmpty());
}

TEST(MigrateTest, OnlyOneAtATime) {
  TestDatabase database;
  auto connection = database.Connect();
  auto lease = mysql::Lease::Acquire(connection, "migration", std::chrono::seconds(60));
  ASSERT_TRUE(lease);
  database.Execute("DELETE FROM schema_version WHERE step = 6");
  const auto result = test::Migrate(database);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBusy);
}

TEST(MigrateTest, TwoAtOnceOnAFreshDatabaseDoNoHarm) {
  TestDatabase database(kWithoutTables);
  std::vector<Result<MigrateResult>> results(2);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results)
      threads.emplace_back([&database, &result] { result = test::Migrate(database); });
  }
  int done = 0;
  for (const auto& result : results) {
    if (result) ++done;
    if (!result) {
      EXPECT_EQ(result.error().code, ErrorCode::kBusy) << result.error().message;
    }
  }
  EXPECT_GE(done, 1);
  TestDatabase other;
  EXPECT_EQ(Columns(database), Columns(other));
}

TEST(MigrateTest, RightThatIsMissingIsSaid) {
  TestDatabase database(kWithoutTables);
  auto connection = database.Connect(Account::kAggregator);
  const auto result = Migrate(connection, {.now = SystemClock().Now()});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kRejected) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr("CREATE"));
}

}  // namespace
}  // namespace mon::data_aggregator
