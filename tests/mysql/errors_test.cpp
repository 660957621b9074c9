#include "errors.h"

#include <gtest/gtest.h>

namespace mon::mysql {
namespace {

TEST(MysqlErrorsTest, TellsWhatACallerCanDo) {
  EXPECT_EQ(CodeFor(1045), ErrorCode::kRejected);     // password
  EXPECT_EQ(CodeFor(1142), ErrorCode::kRejected);     // right on a table
  EXPECT_EQ(CodeFor(2026), ErrorCode::kRejected);     // certificate
  EXPECT_EQ(CodeFor(2003), ErrorCode::kUnavailable);  // refused
  EXPECT_EQ(CodeFor(1290), ErrorCode::kUnavailable);  // read-only
  EXPECT_EQ(CodeFor(1049), ErrorCode::kConfig);       // database
  EXPECT_EQ(CodeFor(1146), ErrorCode::kConfig);       // table
  EXPECT_EQ(CodeFor(1347), ErrorCode::kConfig);       // a view, no table
  EXPECT_EQ(CodeFor(1665), ErrorCode::kConfig);       // binlog_format
  EXPECT_EQ(CodeFor(1153), ErrorCode::kConfig);       // max_allowed_packet
  EXPECT_EQ(CodeFor(1264), ErrorCode::kInvalidData);  // out of range
  EXPECT_EQ(CodeFor(1064), ErrorCode::kInternal);     // our SQL
}

TEST(MysqlErrorsTest, OverloadAndConflictsMayBeTriedAgain) {
  for (const int number : {1205, 1213, 1020, 1040, 2006, 2013, 1969, 3024})
    EXPECT_TRUE(ServerError("db:3306", number, "x").Retryable()) << number;
  for (const int number : {1045, 1146, 1264, 1064, 2026})
    EXPECT_FALSE(ServerError("db:3306", number, "x").Retryable()) << number;
}

TEST(MysqlErrorsTest, TellsALostSessionFromAFailedStatement) {
  for (const int number : {2006, 2013, 1927, 1053, 1290, 1047, 1153, 2026})
    EXPECT_TRUE(EndsSession(number)) << number;
  for (const int number : {1205, 1213, 1062, 1146, 1045})
    EXPECT_FALSE(EndsSession(number)) << number;
}

TEST(MysqlErrorsTest, FullDiskOfTheServerIsToldAsSuch) {
  for (const int number : {3, 20, 28, 1021, 1114}) {
    const Error error = ServerError("db:3306", number, "x");
    EXPECT_EQ(error.code, ErrorCode::kIo) << number;
    EXPECT_TRUE(error.message.ends_with("of the server is full")) << error.message;
  }
}

TEST(MysqlErrorsTest, NamesServerAndRemedy) {
  const Error error = ServerError("db:3306", 1146, "Table 'm.x' doesn't exist");
  EXPECT_EQ(error.message,
            "mysql db:3306: Table 'm.x' doesn't exist (1146); run data-aggregator --migrate");
}

}  // namespace
}  // namespace mon::mysql
