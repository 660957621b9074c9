#include "hyphenmon/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mon::hyphenmon {
namespace {

Scenario Play(std::string_view name, std::uint64_t seed = 7, double speed = 1) {
  const auto story = BuiltInStory(name);
  EXPECT_TRUE(story.has_value()) << name;
  return {*story, seed, speed};
}

bool SameValues(const Moment& a, const Moment& b) {
  return a.response_time_ms == b.response_time_ms && a.error_rate == b.error_rate;
}

int SecondsThat(const Scenario& scenario, int until, auto condition) {
  int count = 0;
  for (int second = 0; second < until; ++second) count += condition(scenario.At(second)) ? 1 : 0;
  return count;
}

TEST(ScenarioTest, SameSeedAndSecondGiveTheSameValues) {
  const Scenario one = Play("incident", 42);
  const Scenario other = Play("incident", 42);
  for (int second = 100; second >= 0; --second)
    EXPECT_TRUE(SameValues(one.At(second), other.At(second))) << second;
}

TEST(ScenarioTest, AnotherSeedGivesOtherValues) {
  const Scenario one = Play("steady", 1);
  const Scenario other = Play("steady", 2);
  int different = 0;
  for (int second = 0; second < 100; ++second)
    different += SameValues(one.At(second), other.At(second)) ? 0 : 1;
  EXPECT_GT(different, 90);
}

TEST(ScenarioTest, SteadyStaysInANarrowBand) {
  const Scenario steady = Play("steady");
  for (int second = 0; second < 1000; ++second) {
    const Moment moment = steady.At(second);
    EXPECT_GE(moment.response_time_ms, 110);
    EXPECT_LE(moment.response_time_ms, 130);
    EXPECT_LE(moment.error_rate, 0.02);
  }
}

TEST(ScenarioTest, LatencyClimbsBeforeErrorsDo) {
  const Scenario incident = Play("incident");
  EXPECT_LT(incident.At(19).response_time_ms, 140);
  EXPECT_GT(incident.At(31).response_time_ms, 600);
  EXPECT_LT(incident.At(31).error_rate, 0.1);
}

TEST(ScenarioTest, IncidentHasHalfAMinuteOfErrors) {
  const int ill =
      SecondsThat(Play("incident"), 300, [](const Moment& m) { return m.error_rate > 0.5; });
  EXPECT_GE(ill, 28);
  EXPECT_LE(ill, 34);
}

TEST(ScenarioTest, IncidentIsOverAfterSeventyFiveSeconds) {
  const Scenario incident = Play("incident");
  for (int second = 75; second < 400; ++second) {
    EXPECT_LT(incident.At(second).error_rate, 0.05) << second;
    EXPECT_LT(incident.At(second).response_time_ms, 140) << second;
  }
}

TEST(ScenarioTest, SpeedShortensTheStory) {
  const Scenario fast = Play("incident", 7, 5);
  EXPECT_GT(fast.At(10).error_rate, 0.5);
  EXPECT_LT(fast.At(15).error_rate, 0.05);
}

TEST(ScenarioTest, FlappingChangesEveryTenSeconds) {
  const Scenario flapping = Play("flapping");
  for (const int second : {0, 9, 20, 29, 40, 69}) EXPECT_LT(flapping.At(second).error_rate, 0.05);
  for (const int second : {10, 19, 30, 39, 50}) EXPECT_GT(flapping.At(second).error_rate, 0.7);
}

TEST(ScenarioTest, StuckRepeatsItsFirstSample) {
  const Scenario stuck = Play("stuck");
  EXPECT_EQ(stuck.At(500).second, 0);
  EXPECT_TRUE(SameValues(stuck.At(0), stuck.At(500)));
}

TEST(ScenarioTest, StuckPointFreezesTheTimeItBegan) {
  const Story story{.points = {{.second = 0, .response_time_ms = 100},
                               {.second = 30, .response_time_ms = 200, .answer = Answer::kStuck}}};
  const Scenario scenario(story, 1, 2);
  EXPECT_EQ(scenario.At(14).second, 14);
  EXPECT_EQ(scenario.At(15).second, 15);
  EXPECT_EQ(scenario.At(99).second, 15);
}

TEST(ScenarioTest, SlowDelaysEveryAnswer) {
  const int late = SecondsThat(Play("slow"), 60,
                               [](const Moment& m) { return m.delay >= std::chrono::seconds(1); });
  EXPECT_EQ(late, 60);
}

TEST(ScenarioTest, GarbageShowsEveryKindToAClientThatAsksEveryTenSeconds) {
  const Scenario garbage = Play("garbage");
  std::set<Answer> seen;
  for (int second = 3; second < 73; second += 10) seen.insert(garbage.At(second).answer);
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_FALSE(seen.contains(Answer::kSample));
}

TEST(ScenarioTest, SecondsBeforeTheStartCountAsTheStart) {
  EXPECT_TRUE(SameValues(Play("steady").At(-5), Play("steady").At(0)));
}

TEST(ScenarioTest, UnknownNameIsNoStory) { EXPECT_FALSE(BuiltInStory("calm").has_value()); }

}  // namespace
}  // namespace mon::hyphenmon
