#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mails.h"
#include "processor/fakes.h"

// Samples whose time the state of the rule has passed already.

namespace mon::processor {
namespace {

using alerting_system::ReportKind;
using ::testing::HasSubstr;

std::vector<Sample> Quiet(std::int64_t from, std::int64_t to) {
  std::vector<Sample> samples;
  for (auto t = from; t <= to; t += 10) samples.push_back(At(t, 0.1F));
  return samples;
}

TEST(LateSampleTest, TrueOneWhoseEndIsKnownIsAnIncidentWithOneMail) {
  JudgeWorld world;
  world.Pass(Quiet(10, 100));
  const auto touched = world.Pass({At(45, 0.9F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kBoth);
  EXPECT_EQ(touched[0].started_at, 45);
  EXPECT_EQ(touched[0].ended_at, 50);
  EXPECT_TRUE(world.Pass({At(110, 0.1F), At(120, 0.1F)}).empty());
}

TEST(LateSampleTest, TrueOneWhoseEndIsNotKnownOpensAnIncident) {
  JudgeWorld world;
  world.Pass(Quiet(10, 100));
  const auto touched = world.Pass({At(95, 0.9F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kProblem);
  const auto resolved = world.Pass({At(110, 0.1F)});
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(resolved[0].ended_at, 100);
  EXPECT_EQ(world.store.alerts.size(), 1U);
}

TEST(LateSampleTest, FalseOneInQuietTimeChangesNothing) {
  JudgeWorld world;
  world.Pass(Quiet(10, 100));
  EXPECT_TRUE(world.Pass({At(45, 0.1F)}).empty());
}

TEST(LateSampleTest, StateNeverMovesBack) {
  JudgeWorld world;
  world.Pass(Quiet(10, 100));
  world.Pass({At(45, 0.9F)});
  EXPECT_EQ(world.store.states.begin()->second.state.newest, 100);
}

TEST(LateSampleTest, TrueOneWithinAnIncidentChangesNothing) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F), At(20, 0.9F), At(30, 0.9F)});
  EXPECT_TRUE(world.Pass({At(25, 0.6F)}).empty());
  EXPECT_EQ(world.store.alerts.size(), 1U);
}

TEST(LateSampleTest, WorstOneIsNotedAndIsThePeak) {
  JudgeWorld world;
  world.Pass({At(10, 0.8F), At(20, 0.8F), At(30, 0.8F)});
  const auto touched = world.Pass({At(25, 1.0F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), std::nullopt);
  EXPECT_EQ(touched[0].peak, 1.0);
  ASSERT_EQ(touched[0].new_events.size(), 1U);
  EXPECT_EQ(touched[0].new_events[0].kind, "late_data");
  EXPECT_THAT(touched[0].new_events[0].detail, HasSubstr("worst"));
}

TEST(LateSampleTest, TrueOneRightBeforeAnIncidentBelongsToIt) {
  JudgeWorld world;
  world.Pass({At(10, 0.1F), At(30, 0.9F), At(40, 0.9F)});
  const auto touched = world.Pass({At(20, 0.9F)});
  ASSERT_EQ(world.store.alerts.size(), 1U);
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(touched[0].started_at, 30) << "what was told stays";
  EXPECT_THAT(touched[0].new_events.at(0).detail, HasSubstr("already"));
}

TEST(LateSampleTest, FalseOnesWithinAnIncidentAreNoted) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F), At(40, 0.9F), At(50, 0.9F)});
  const auto touched = world.Pass({At(20, 0.1F), At(30, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_FALSE(touched[0].ended_at);
  ASSERT_EQ(touched[0].new_events.size(), 1U);
  EXPECT_THAT(touched[0].new_events[0].detail, HasSubstr("not true"));
}

TEST(LateSampleTest, OneFalseAmongTrueOnesIsNoNews) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F), At(30, 0.9F)});
  EXPECT_TRUE(world.Pass({At(20, 0.1F)}).empty());
}

TEST(LateSampleTest, SecondFalseOneEndsAnOpenIncident) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F), At(20, 0.9F), At(40, 0.1F)});
  const auto touched = world.Pass({At(30, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kRecovery);
  EXPECT_EQ(touched[0].ended_at, 30);
  EXPECT_TRUE(world.Pass({At(50, 0.1F), At(60, 0.1F)}).empty());
}

TEST(LateSampleTest, ReplacedValueThatIsTrueNowFires) {
  JudgeWorld world;
  world.Pass(Quiet(10, 100));
  const auto touched = world.Pass({At(50, 0.9F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(touched[0].started_at, 50);
}

TEST(LateSampleTest, ReplacedValueThatFiredIsNotTakenBack) {
  JudgeWorld world;
  world.Pass({At(10, 0.1F), At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  const auto touched = world.Pass({At(20, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(world.store.alerts.size(), 1U);
  EXPECT_EQ(touched[0].started_at, 20);
  EXPECT_EQ(MailOf(touched[0]), std::nullopt);
}

TEST(LateSampleTest, LateSamplesOfTwoIncidentsAreTwo) {
  JudgeWorld world;
  world.Pass(Quiet(10, 400));
  const auto touched = world.Pass({At(45, 0.9F), At(305, 0.9F)});
  ASSERT_EQ(touched.size(), 2U);
  EXPECT_EQ(touched[0].ended_at, 50);
  EXPECT_EQ(touched[1].ended_at, 310);
}

TEST(LateSampleTest, LateFalseSampleInterruptsForOfARuleThatIsPending) {
  JudgeWorld world(RuleFor(std::chrono::seconds(60)));
  world.Pass({At(10, 0.9F), At(20, 0.9F), At(40, 0.9F), At(50, 0.9F), At(60, 0.9F)});
  world.Pass({At(30, 0.1F)});
  EXPECT_TRUE(world.Pass({At(70, 0.9F)}).empty()) << "sixty seconds since 10, but not since 40";
  world.Pass({At(80, 0.9F), At(90, 0.9F)});
  EXPECT_EQ(world.Pass({At(100, 0.9F)}).size(), 1U);
}

TEST(LateSampleTest, NeverJudgedPastIsNotAlertedAbout) {
  JudgeWorld world;
  world.history.Store(At(10, 0.9F));  // older than the first pass
  world.Pass(Quiet(100, 200));
  EXPECT_TRUE(world.Pass({At(95, 0.1F)}).empty());
}

TEST(LateSampleTest, FarApartLateSamplesDoNotReadWhatLiesBetween) {
  JudgeWorld world;
  world.Pass(Quiet(10, 40'000));
  world.history.reads = 0;
  world.Pass({At(15, 0.1F), At(39'995, 0.1F)});
  EXPECT_LT(world.history.reads, 40U);
}

TEST(LateSampleTest, ManyLateSamplesAskOnceForWhatIsRecorded) {
  JudgeWorld world;
  world.Pass({At(100'000, 0.1F)});
  world.store.overlap_reads = 0;
  world.Pass(Quiet(10, 10'000));
  EXPECT_EQ(world.store.overlap_reads, 1U);
}

TEST(LateSampleTest, SampleOfLongAgoIsAnIncidentOfItsOwn) {
  JudgeWorld world;
  world.Pass(Quiet(1'000'000, 1'000'100));
  const auto touched = world.Pass({At(500, 0.9F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(touched[0].ended_at, 1'000'000);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kBoth);
}

}  // namespace
}  // namespace mon::processor
