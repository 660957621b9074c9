#include "judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mails.h"
#include "processor/evidence_text.h"
#include "processor/fakes.h"

namespace mon::processor {
namespace {

using alerting_system::ReportKind;
using ::testing::ElementsAre;
using ::testing::Field;

TEST(JudgeTest, IncidentThatLastsIsOneAlertWithBeginningAndEnd) {
  JudgeWorld world;
  EXPECT_TRUE(world.Pass({At(10, 0.1F)}).empty());
  const auto fired = world.Pass({At(20, 0.9F)});
  ASSERT_EQ(fired.size(), 1U);
  EXPECT_EQ(fired[0].started_at, 20);
  EXPECT_EQ(MailOf(fired[0]), ReportKind::kProblem);

  EXPECT_TRUE(world.Pass({At(30, 0.9F)}).empty());
  EXPECT_TRUE(world.Pass({At(40, 0.1F)}).empty());
  const auto resolved = world.Pass({At(50, 0.1F)});
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(resolved[0].ended_at, 40);
  EXPECT_EQ(MailOf(resolved[0]), ReportKind::kRecovery);
  EXPECT_EQ(world.store.alerts.size(), 1U);
}

TEST(JudgeTest, ThresholdIsStrictAtFloatPrecision) {
  JudgeWorld world(RuleOf("error_rate > 0.62"));
  EXPECT_TRUE(world.Pass({At(10, 0.62F)}).empty());
  EXPECT_EQ(world.Pass({At(20, 0.6200001F)}).size(), 1U);
}

TEST(JudgeTest, OneFalseSampleDoesNotResolve) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F), At(20, 0.1F), At(30, 0.9F), At(40, 0.1F), At(50, 0.9F)});
  ASSERT_EQ(world.store.alerts.size(), 1U);
  EXPECT_FALSE(world.store.alerts[0].ended_at);
}

TEST(JudgeTest, RecoveryEndsTheIncident) {
  RuleConfig rule = RuleOf("error_rate > 0.5");
  rule.recovery = "error_rate < 0.2";
  JudgeWorld world(rule);
  world.Pass({At(10, 0.9F), At(20, 0.4F), At(30, 0.4F), At(40, 0.4F)});
  EXPECT_FALSE(world.store.alerts.at(0).ended_at);
  world.Pass({At(50, 0.1F), At(60, 0.1F)});
  EXPECT_EQ(world.store.alerts.at(0).ended_at, 50);
}

TEST(JudgeTest, SpanReachesOverPasses) {
  JudgeWorld world(RuleOf("avg(error_rate, 30s) > 0.5"));
  EXPECT_TRUE(world.Pass({At(10, 0.1F), At(20, 0.9F)}).empty());
  EXPECT_EQ(world.Pass({At(30, 0.9F)}).size(), 1U);
}

TEST(JudgeTest, LateSampleIsJudgedWithTheSpanBeforeIt) {
  JudgeWorld world(RuleOf("avg(error_rate, 20s) > 0.5"));
  world.Pass({At(10, 0.9F), At(20, 0.9F), At(40, 0.0F), At(50, 0.0F), At(60, 0.0F)});
  ASSERT_EQ(world.store.alerts.size(), 1U);
  world.Pass({At(110, 0.0F), At(100, 0.0F), At(90, 0.0F)});
  const auto touched = world.Pass({At(70, 1.0F), At(80, 1.0F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(touched[0].started_at, 80) << "0, 1 and 1 within the span";
}

TEST(JudgeTest, AlertCarriesWhatTheRuleSaysOfItself) {
  RuleConfig rule = RuleOf("error_rate > 0.5");
  rule.labels = {{"team", "shop"}};
  rule.description = "Ask {label.team}:\n{value}";
  rule.owner = "Shop";
  rule.runbook = "https://wiki.example/errors";
  JudgeWorld world(rule);
  const auto fired = world.Pass({At(10, 0.75F)});
  ASSERT_EQ(fired.size(), 1U);
  Alert read;
  ReadEvidence(EvidenceText(fired[0]), read);
  EXPECT_EQ(read.labels, rule.labels);
  EXPECT_EQ(read.description, "Ask shop:\n0.75");
  EXPECT_EQ(read.owner, "Shop");
  EXPECT_EQ(read.runbook, rule.runbook);
  EXPECT_EQ(LabelsText(fired[0]), R"({"team":"shop"})");
}

TEST(JudgeTest, BeginningAndEndInOnePassAreOneMail) {
  JudgeWorld world;
  const auto touched = world.Pass({At(10, 0.9F), At(20, 0.9F), At(30, 0.1F), At(40, 0.1F)});
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(MailOf(touched[0]), ReportKind::kBoth);
  EXPECT_EQ(touched[0].ended_at, 30);
}

TEST(JudgeTest, PeakIsTheWorstValueWhileItLasted) {
  JudgeWorld world;
  world.Pass({At(10, 0.6F)});
  EXPECT_EQ(world.store.alerts.at(0).peak, 0.6);
  world.Pass({At(20, 0.97F)});
  world.Pass({At(30, 0.7F)});
  EXPECT_EQ(world.store.alerts.at(0).peak, 0.97);
}

TEST(JudgeTest, PeakOfARuleWithForCountsTheSamplesBeforeItFired) {
  JudgeWorld world(RuleFor(std::chrono::seconds(20)));
  world.Pass({At(10, 0.9F), At(20, 0.6F), At(30, 0.7F)});
  ASSERT_EQ(world.store.alerts.size(), 1U);
  EXPECT_EQ(world.store.alerts[0].peak, 0.9);
  EXPECT_EQ(world.store.alerts[0].started_at, 10);
  EXPECT_EQ(world.store.alerts[0].fired_at, 30);
}

TEST(JudgeTest, SummaryIsFilledIn) {
  JudgeWorld world;
  EXPECT_EQ(world.Pass({At(10, 0.75F)}).at(0).summary, "Error rate of shop is 0.75");
}

TEST(JudgeTest, SameSamplesAgainChangeNothing) {
  JudgeWorld world;
  world.Pass({At(10, 0.1F), At(20, 0.9F), At(30, 0.9F)});
  EXPECT_TRUE(world.Pass({At(10, 0.1F), At(20, 0.9F), At(30, 0.9F)}).empty());
  EXPECT_EQ(world.store.alerts.size(), 1U);
}

TEST(JudgeTest, ApplicationsAreApart) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F)});
  world.Pass({At(10, 0.9F)}, "other");
  EXPECT_THAT(world.store.alerts,
              ::testing::UnorderedElementsAre(Field(&Alert::application, "shop"),
                                              Field(&Alert::application, "other")));
}

TEST(JudgeTest, UnknownNeitherFiresNorResolves) {
  JudgeWorld world(RuleOf("item(\"load\") > 4"));
  const auto load = world.items.Add("web-1", "load");
  world.Pass({At(100, 0)});  // nothing near
  EXPECT_TRUE(world.store.alerts.empty());
  world.items.Put(load, 205, 5);
  world.Pass({At(200, 0)});
  ASSERT_EQ(world.store.alerts.size(), 1U);
  world.Pass({At(300, 0), At(400, 0), At(500, 0)});  // nothing near
  EXPECT_FALSE(world.store.alerts[0].ended_at);
  world.items.Put(load, 600, 1);
  world.items.Put(load, 610, 1);
  world.Pass({At(600, 0), At(610, 0)});
  EXPECT_EQ(world.store.alerts[0].ended_at, 600);
}

TEST(JudgeTest, AlertOfARuleWithItemsNamesTheHosts) {
  JudgeWorld world(RuleOf("item(\"load\") > 4 and error_rate > 0.5"));
  for (const auto* host : {"web-1", "web-2", "web-3"}) {
    const auto load = world.items.Add(host, "load");
    world.items.Put(load, 10, std::string(host) == "web-2" ? 1 : 9);
  }
  const auto fired = world.Pass({At(10, 0.9F)});
  ASSERT_EQ(fired.size(), 1U);
  EXPECT_THAT(fired[0].hosts, ElementsAre("web-1", "web-3"));
}

TEST(JudgeTest, StateWhoseAlertWasDeletedBeginsAnew) {
  JudgeWorld world;
  world.Pass({At(10, 0.9F)});
  world.store.alerts.clear();
  world.store.states.begin()->second.open.reset();
  EXPECT_EQ(world.Pass({At(20, 0.9F)}).size(), 1U);
}

}  // namespace
}  // namespace mon::processor
