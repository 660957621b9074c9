#include "clocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mon::data_aggregator::doctor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

TEST(JudgeClocksTest, SmallDifferencesAreWell) {
  const ClockReading readings[] = {{"shop", seconds(-5)}, {"db-1:3306", milliseconds(1200)}};
  const auto findings = JudgeClocks(readings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].status, Status::kOk);
  EXPECT_EQ(findings[0].text, "within 5 s of shop, db-1:3306");
}

TEST(JudgeClocksTest, OthersThatAgreeShowThatOursIsOff) {
  const ClockReading readings[] = {{"shop", seconds(42)}, {"db-1:3306", milliseconds(41'300)}};
  const auto findings = JudgeClocks(readings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].status, Status::kWarning);
  EXPECT_EQ(findings[0].subject, "this machine");
  EXPECT_EQ(findings[0].text, "its clock is 41 s behind shop, db-1:3306");
  EXPECT_THAT(findings[0].remedy, HasSubstr("NTP"));
}

TEST(JudgeClocksTest, OneThatIsOffIsNamed) {
  const ClockReading readings[] = {
      {"shop", seconds(-7200)}, {"pay", seconds(0)}, {"db-1:3306", seconds(1)}};
  const auto findings = JudgeClocks(readings);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].subject, "shop");
  EXPECT_THAT(findings[0].text, HasSubstr("2 h behind this machine's"));
  EXPECT_EQ(findings[1].text, "within 5 s of pay, db-1:3306");
}

TEST(JudgeClocksTest, OfTwoThatDifferNobodyIsRight) {
  const ClockReading readings[] = {{"shop", seconds(20)}};
  const auto findings = JudgeClocks(readings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].subject, "shop");
  EXPECT_THAT(findings[0].remedy, HasSubstr("both clocks"));
}

TEST(JudgeClocksTest, SaysThatNobodyToldTheTime) {
  EXPECT_EQ(JudgeClocks({}).front().status, Status::kOk);
  EXPECT_THAT(JudgeClocks({}).front().text, HasSubstr("not compared"));
}

}  // namespace
}  // namespace mon::data_aggregator::doctor
