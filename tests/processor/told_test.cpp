#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mails.h"
#include "processor/fakes.h"

// Incidents that an aggregator told while it was cut off, before their samples are judged.

namespace mon::processor {
namespace {

using alerting_system::ReportKind;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

/// The incident that the samples would have shown to the aggregator.
Alert Told(std::int64_t started, std::optional<std::int64_t> ended, float peak = 0.9F,
           std::int64_t held = 0) {
  RuleConfig rule;
  Evaluation evaluation;
  evaluation.truth = anomaly_detector::Truth::kTrue;
  evaluation.deciding = {"error_rate", ">", peak, 0.5, ""};
  anomaly_detector::Incident incident;
  incident.started_at = started;
  incident.fired_at = started + held;
  auto alert = MakeAlert(rule, "shop", At(started + held, peak), evaluation, incident);
  alert.ended_at = ended;
  alert.judged = false;
  return alert;
}

/// What the world has recorded of one incident.
const Alert& Only(const JudgeWorld& world) {
  EXPECT_EQ(world.store.alerts.size(), 1U);
  return world.store.alerts.at(0);
}

TEST(ToldTest, IncidentThatGoesOnHasNoSecondBeginningAndOneEnd) {
  JudgeWorld world;
  world.Pass({At(10, 0.1F)});
  world.store.Tell(Told(20, {}));
  const auto judged = world.Pass({At(20, 0.9F), At(30, 0.9F)});
  ASSERT_EQ(judged.size(), 1U);
  EXPECT_EQ(MailOf(judged[0]), std::nullopt);
  EXPECT_TRUE(Only(world).judged);
  EXPECT_TRUE(world.Pass({At(40, 0.1F)}).empty());
  const auto resolved = world.Pass({At(50, 0.1F)});
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(MailOf(resolved[0]), ReportKind::kRecovery);
  EXPECT_EQ(Only(world).ended_at, 40);
}

TEST(ToldTest, KeepsTimesAndWordsAndTakesOverThePeak) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}, 0.8F));
  world.Pass({At(10, 0.6F), At(20, 0.8F), At(30, 1.0F)});
  EXPECT_EQ(Only(world).started_at, 20);
  EXPECT_EQ(Only(world).summary, "Error rate of shop is 0.8");
  EXPECT_EQ(Only(world).peak, 1.0);
}

TEST(ToldTest, PeakThatWasWorseStays) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}, 0.95F));
  world.Pass({At(30, 0.7F)});
  EXPECT_EQ(Only(world).peak, 0.95);
}

TEST(ToldTest, EndThatIsNewIsToldToThoseWhoKnowOfIt) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}));
  const auto touched = world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kRecovery);
  EXPECT_EQ(touched[0].ended_at, 30);
  EXPECT_THAT(touched[0].new_events, testing::ElementsAre(Field(&AlertEvent::event_time, 40)));
}

TEST(ToldTest, IncidentThatWasToldWithItsEndIsDone) {
  JudgeWorld world;
  world.store.Tell(Told(20, 30));
  const auto touched = world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), std::nullopt);
  EXPECT_TRUE(Only(world).judged);
  EXPECT_TRUE(world.Pass({At(50, 0.1F), At(60, 0.1F)}).empty());
}

TEST(ToldTest, EndThatWasToldStaysWhereItsSamplesComeLater) {
  JudgeWorld world;
  world.store.Tell(Told(20, 40));
  world.Pass({At(20, 0.9F), At(30, 0.9F)});
  const auto ended = world.Pass({At(40, 0.1F), At(50, 0.1F)});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(MailOf(ended[0]), std::nullopt);
  EXPECT_EQ(Only(world).ended_at, 40);
  const auto next = world.Pass({At(60, 0.9F)});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(MailOf(next[0]), ReportKind::kProblem);
}

TEST(ToldTest, WhatGoesOnBehindTheEndThatWasToldIsAnotherIncident) {
  JudgeWorld world;
  world.store.Tell(Told(20, 40));
  world.Pass({At(20, 0.9F), At(30, 0.9F)});
  const auto next = world.Pass({At(60, 0.9F)});  // those between are lost
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(MailOf(next[0]), std::nullopt);
  EXPECT_EQ(MailOf(next[1]), ReportKind::kProblem);
  EXPECT_EQ(next[1].started_at, 60);
}

TEST(ToldTest, IncidentBehindTheOneThatWasToldIsItsOwn) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}));
  const auto touched =
      world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F), At(50, 0.9F), At(60, 0.9F)});
  ASSERT_EQ(touched.size(), 2U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kRecovery);
  EXPECT_EQ(MailOf(touched[1]), ReportKind::kProblem);
  EXPECT_EQ(touched[1].started_at, 50);
}

TEST(ToldTest, SeveralWithinOneThatWasToldAreOfIt) {
  JudgeWorld world;
  world.store.Tell(Told(20, 70));
  world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F), At(50, 0.9F), At(70, 0.1F), At(80, 0.1F)});
  EXPECT_EQ(Only(world).ended_at, 70);
}

TEST(ToldTest, SeveralInSeveralPassesAreOfItToo) {
  JudgeWorld world;
  world.store.Tell(Told(20, 70));
  world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  world.Pass({At(50, 0.9F), At(60, 0.9F)});
  world.Pass({At(70, 0.1F), At(80, 0.1F)});
  EXPECT_EQ(Only(world).ended_at, 70);
  EXPECT_TRUE(Only(world).judged);
}

TEST(ToldTest, OneThatWasOverBeforeItFiredIsItsOwn) {
  JudgeWorld world;
  world.store.Tell(Told(25, {}, 0.9F, 35));
  const auto touched = world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kBoth);
  EXPECT_FALSE(world.store.alerts.at(0).judged);
  EXPECT_FALSE(world.store.alerts.at(0).ended_at);
}

TEST(ToldTest, OneThatIsOpenAlreadyStandsAndEndsTheOther) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F), At(20, 0.9F)});
  world.store.Tell(Told(30, {}));
  EXPECT_TRUE(world.Pass({At(30, 0.9F)}).empty());
  const auto ended = world.Pass({At(40, 0.1F), At(50, 0.1F)});
  ASSERT_EQ(ended.size(), 2U);
  for (const auto& alert : ended) {
    EXPECT_EQ(MailOf(alert), ReportKind::kRecovery);
    EXPECT_EQ(alert.ended_at, 40);
  }
}

TEST(ToldTest, ToldTwiceEndsTwice) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}));
  world.store.Tell(Told(30, {}));
  world.Pass({At(20, 0.9F), At(30, 0.9F)});
  const auto ended = world.Pass({At(40, 0.1F), At(50, 0.1F)});
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(MailOf(ended[0]), ReportKind::kRecovery);
  EXPECT_EQ(MailOf(ended[1]), ReportKind::kRecovery);
}

TEST(ToldTest, OtherRuleOrApplicationIsNotTouched) {
  JudgeWorld world;
  auto rule = Told(20, {});
  rule.rule = "other";
  auto application = Told(20, {});
  application.application = "other";
  world.store.Tell(rule);
  world.store.Tell(application);
  const auto touched = world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kBoth);
}

TEST(ToldTest, RuleThatIsPendingWaitsForWhatWasTold) {
  JudgeWorld world(RuleFor(std::chrono::seconds(20)));
  world.store.Tell(Told(20, {}, 0.9F, 20));
  EXPECT_TRUE(world.Pass({At(20, 0.9F), At(30, 0.9F)}).empty());
  world.Pass({At(40, 0.9F)});
  EXPECT_TRUE(Only(world).judged);
}

TEST(ToldTest, IsOverWhereNewerSamplesDoNotShowIt) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}));
  EXPECT_TRUE(world.Pass({At(10, 0.1F), At(20, 0.1F)}).empty()) << "they may still come";
  const auto ended = world.Pass({At(50, 0.1F)});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(MailOf(ended[0]), ReportKind::kRecovery);
  EXPECT_EQ(ended[0].ended_at, 50);
  EXPECT_THAT(ended[0].new_events,
              Contains(Field(&AlertEvent::detail, HasSubstr("have not arrived"))));
  EXPECT_TRUE(world.Pass({At(60, 0.1F)}).empty());
}

TEST(ToldTest, WithItsEndIsDoneWhereNewerSamplesDoNotShowIt) {
  JudgeWorld world;
  world.store.Tell(Told(20, 40));
  EXPECT_TRUE(world.Pass({At(30, 0.1F)}).empty()) << "they may still come";
  const auto done = world.Pass({At(50, 0.1F)});
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(MailOf(done[0]), std::nullopt);
  EXPECT_TRUE(Only(world).judged);
}

TEST(ToldTest, EndsWithItsRule) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}));
  AlertBook book(world.store);
  ASSERT_TRUE(book.Load(std::vector<std::string>{"another"}));
  book.EndAbandoned([](const std::string&) { return false; });
  ASSERT_EQ(book.Alerts().size(), 1U);
  EXPECT_EQ(MailOf(*book.Alerts()[0]), ReportKind::kRecovery);
  EXPECT_TRUE(book.Alerts()[0]->judged);
}

// A newer sample was stored before those of the spool.

TEST(ToldTest, NewerSampleThatIsTrueGoesOnWithIt) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}));
  const auto live = world.Pass({At(50, 0.9F)});
  ASSERT_EQ(live.size(), 1U);
  EXPECT_EQ(MailOf(live[0]), std::nullopt);
  EXPECT_TRUE(world.Pass({At(20, 0.9F), At(30, 0.9F), At(40, 0.9F)}).empty());
  EXPECT_EQ(Only(world).started_at, 20);
  const auto ended = world.Pass({At(60, 0.1F), At(70, 0.1F)});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(MailOf(ended[0]), ReportKind::kRecovery);
}

TEST(ToldTest, LateSamplesAreNoSecondIncidentBehindOneThatIsOver) {
  JudgeWorld world;
  world.store.Tell(Told(20, {}));
  world.Pass({At(50, 0.1F)});
  world.Pass({At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  EXPECT_EQ(Only(world).ended_at, 50) << "what was told stays";
}

TEST(ToldTest, LateSamplesOpenItWhereARuleIsPending) {
  JudgeWorld world(RuleFor(std::chrono::seconds(20)));
  world.store.Tell(Told(20, {}, 0.9F, 20));
  EXPECT_TRUE(world.Pass({At(50, 0.9F)}).empty());
  const auto late = world.Pass({At(20, 0.9F), At(30, 0.9F), At(40, 0.9F)});
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(MailOf(late[0]), std::nullopt);
  const auto ended = world.Pass({At(60, 0.1F), At(70, 0.1F)});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(MailOf(ended[0]), ReportKind::kRecovery);
  EXPECT_EQ(Only(world).ended_at, 60);
}

TEST(ToldTest, LateSamplesEndItWhereTheyShowItsEnd) {
  JudgeWorld world(RuleFor(std::chrono::seconds(20)));
  world.store.Tell(Told(20, {}, 0.9F, 20));
  world.Pass({At(100, 0.9F)});
  const auto late =
      world.Pass({At(20, 0.9F), At(30, 0.9F), At(40, 0.9F), At(50, 0.1F), At(60, 0.1F)});
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(MailOf(late[0]), ReportKind::kRecovery);
  EXPECT_EQ(Only(world).ended_at, 50);
}

TEST(ToldTest, LateSamplesWithItsEndAreNoNews) {
  JudgeWorld world;
  world.store.Tell(Told(20, 40));
  const auto live = world.Pass({At(30, 0.1F)});
  EXPECT_TRUE(live.empty());
  const auto late = world.Pass({At(20, 0.9F), At(40, 0.1F), At(50, 0.1F)});
  EXPECT_EQ(Only(world).ended_at, 40);
  EXPECT_TRUE(Only(world).judged);
  for (const auto& alert : late) EXPECT_EQ(MailOf(alert), std::nullopt);
}

}  // namespace
}  // namespace mon::processor
