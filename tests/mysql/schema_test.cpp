#include "mysql/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/mariadb_server.h"

namespace mon::mysql {
namespace {

using test::Account;
using test::TestDatabase;
using testing::HasSubstr;

TEST(SchemaTest, MigratedDatabaseIsAccepted) {
  TestDatabase database;
  auto connection = database.Connect(Account::kProcessor);
  const auto version = CheckSchema(connection);
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_EQ(*version, kSchemaVersion);
}

TEST(SchemaTest, EmptyDatabaseNamesTheRemedy) {
  TestDatabase database({.migrate = false});
  auto connection = database.Connect();
  const auto version = CheckSchema(connection);
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, ErrorCode::kConfig);
  EXPECT_THAT(version.error().message, HasSubstr("data-aggregator --migrate"));
}

TEST(SchemaTest, OlderStepsAreRefused) {
  TestDatabase database;
  database.Execute("DELETE FROM schema_version WHERE minor > 5");
  auto connection = database.Connect();
  const auto version = CheckSchema(connection);
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().message, HasSubstr("1.5"));
}

TEST(SchemaTest, MinorIsANumber) {
  TestDatabase database;
  database.Execute("DELETE FROM schema_version WHERE minor > 9");
  auto connection = database.Connect();
  EXPECT_FALSE(CheckSchema(connection));  // 1.9 is older than 1.10
  const std::int64_t minor = kSchemaVersion.minor;
  database.Execute("INSERT INTO schema_version (step, major, minor) VALUES (?, 1, ?)",
                   {minor, minor});
  const auto version = CheckSchema(connection);
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_EQ(version->minor, minor);
}

TEST(SchemaTest, NewerMinorIsAcceptedAndNewerMajorRefused) {
  TestDatabase database;
  auto connection = database.Connect();
  database.Execute("INSERT INTO schema_version (step, major, minor) VALUES (98, 1, 98)");
  EXPECT_TRUE(CheckSchema(connection));
  database.Execute("INSERT INTO schema_version (step, major, minor) VALUES (99, 2, 0)");
  const auto version = CheckSchema(connection);
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, ErrorCode::kConfig);
  EXPECT_THAT(version.error().message, HasSubstr("newer release"));
}

}  // namespace
}  // namespace mon::mysql
