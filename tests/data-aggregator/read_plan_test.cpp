#include "read_plan.h"

#include <gtest/gtest.h>

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kHalfPast = 1'750'001'400;  // 15:30:00 UTC
constexpr std::int64_t kNow = kHalfPast + 600;

TEST(WideReadDueTest, IsTheFirstCycleAfterHalfPast) {
  const auto marks_of_cycle = [](std::int64_t at) { return Marks{{1, at - kSettle}}; };
  EXPECT_TRUE(WideReadDue(marks_of_cycle(kHalfPast - 1), kHalfPast));
  EXPECT_FALSE(WideReadDue(marks_of_cycle(kHalfPast), kHalfPast + 10));
  EXPECT_FALSE(WideReadDue(marks_of_cycle(kHalfPast), kHalfPast + 3599));
  EXPECT_TRUE(WideReadDue(marks_of_cycle(kHalfPast), kHalfPast + 3600));
}

TEST(WideReadDueTest, SilentHostDoesNotCallForItInEachCycle) {
  EXPECT_FALSE(WideReadDue({{1, kNow - 10}, {2, kNow - 3600}, {3, 0}}, kNow));
}

TEST(ReadFromTest, OverlapsWhatWasRead) {
  EXPECT_EQ(ReadFrom(kNow - 10, kNow, 3600, kShortOverlap), kNow - 10 - 120);
  EXPECT_EQ(ReadFrom(kNow - 10, kNow, 3600, kNarrowOverlap), kNow - 10 - 15);
}

TEST(ReadFromTest, GoesOnWhereAnOutageOfOursBegan) {
  EXPECT_EQ(ReadFrom(kNow - 20'000, kNow, 3600, kShortOverlap), kNow - 20'000 - 120);
}

TEST(ReadFromTest, FirstRunReadsTheBackfill) {
  EXPECT_EQ(ReadFrom(0, kNow, 3600, kShortOverlap), kNow - 3600);
  EXPECT_EQ(ReadFrom(0, 100, 3600, kShortOverlap), 0);
}

TEST(ReadFromTest, MarkAheadOfTheClockIsNotTrusted) {
  EXPECT_EQ(ReadFrom(kNow + 86'400, kNow, 3600, kShortOverlap), kNow - 120);
}

TEST(PlanReadsTest, HostsUpToDateAreReadTogether) {
  const auto plan = PlanReads({{1, kNow - 10}, {2, kNow - 20}}, kNow, 3600, kShortOverlap);
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_EQ(plan[0].hostids, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(plan[0].from, kNow - 20 - 120);
}

TEST(PlanReadsTest, HourlyReadingIsNotInTheWayOfWhatIsNew) {
  const auto plan = PlanReads({{1, kHalfPast - 10}}, kHalfPast, 3600, kShortOverlap);
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_EQ(plan[0].from, kHalfPast - 10 - 120);
}

TEST(PlanReadsTest, HostsFarBehindAreReadApart) {
  const auto plan =
      PlanReads({{1, kNow - 10}, {2, kNow - 30'000}, {3, 0}}, kNow, 7200, kShortOverlap);
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[0].hostids, std::vector<std::uint64_t>{1});
  EXPECT_EQ(plan[1].hostids, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(plan[1].from, kNow - 30'000 - 120);
}

TEST(PlanReadsTest, HostsThatLagALittleAreReadApartWhereOnlyWhatIsNewIs) {
  const Marks marks = {{1, kNow - 15}, {2, kNow - 90}, {3, kNow - 20}, {4, kNow - 30'000}};
  const auto plan = PlanReads(marks, kNow, 3600, kNarrowOverlap);
  ASSERT_EQ(plan.size(), 3U);
  EXPECT_EQ(plan[0].hostids, (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(plan[0].from, kNow - 20 - kNarrowOverlap);
  EXPECT_EQ(plan[1].hostids, std::vector<std::uint64_t>{2});
  EXPECT_EQ(plan[2].hostids, std::vector<std::uint64_t>{4});
  EXPECT_EQ(PlanReads(marks, kNow, 3600, kShortOverlap).size(), 2U);
}

TEST(NextReadUntilTest, FreshValuesBringItToWhatHasSettled) {
  EXPECT_EQ(NextReadUntil(kNow - 10, kNow, kNow - 120), kNow - 5);
}

TEST(NextReadUntilTest, StaysWithValuesThatAreLate) {
  EXPECT_EQ(NextReadUntil(kNow - 1000, kNow, kNow - 121), kNow - 121);
}

TEST(NextReadUntilTest, NeverGoesBack) {
  EXPECT_EQ(NextReadUntil(kNow - 50, kNow, kNow - 500), kNow - 50);
}

TEST(NextReadUntilTest, MarkAheadOfTheClockComesBack) {
  EXPECT_EQ(NextReadUntil(kNow + 86'400, kNow, kNow), kNow);
  EXPECT_EQ(NextReadUntil(kNow + 86'400, kNow, std::nullopt), kNow);
}

TEST(NextReadUntilTest, SilentHostIsFollowedAnHourBehind) {
  EXPECT_EQ(NextReadUntil(0, kNow, std::nullopt), kNow - 3600);
  EXPECT_EQ(NextReadUntil(kNow - 9000, kNow, std::nullopt), kNow - 3600);
}

}  // namespace
}  // namespace mon::data_aggregator
