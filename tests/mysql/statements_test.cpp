#include "statements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mon::data_aggregator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitStatementsTest, SplitsAtSemicolonsOutsideOfQuotes) {
  EXPECT_THAT(SplitStatements("SELECT ';';\nSELECT `a;b`, \"c;d\" ;"),
              ElementsAre("SELECT ';'", "SELECT `a;b`, \"c;d\""));
}

TEST(SplitStatementsTest, LeavesCommentsOut) {
  EXPECT_THAT(SplitStatements("-- first; not one\nSELECT 1; -- it's one\nSELECT 2"),
              ElementsAre("SELECT 1", "SELECT 2"));
}

TEST(SplitStatementsTest, KeepsDoubledQuotes) {
  EXPECT_THAT(SplitStatements("SET @a = 'it''s; -- x'; DO 0"),
              ElementsAre("SET @a = 'it''s; -- x'", "DO 0"));
}

TEST(SplitStatementsTest, NothingIsNothing) {
  EXPECT_THAT(SplitStatements(" ; \n-- x\n;-- end"), IsEmpty());
}

}  // namespace
}  // namespace mon::data_aggregator
