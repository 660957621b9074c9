#include "dispatch/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mon::test {
namespace {

using dispatch::PendingAlert;
using dispatch::Plan;
using dispatch::Policy;
using dispatch::Say;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kNow = 1'750'000'000;
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;

class PlanTest : public testing::Test {
 protected:
  /// One that has just become known.
  PendingAlert& New(const std::string& application, const std::string& rule = "errors") {
    auto& alert = alerts_.emplace_back();
    alert.id = static_cast<std::int64_t>(alerts_.size());
    alert.rule = rule;
    alert.application = application;
    alert.labels = {{"rule", rule}, {"application", application}, {"severity", "critical"}};
    alert.created_at = kNow;
    return alert;
  }

  /// One that everybody was told of `ago` seconds before now.
  PendingAlert& Told(const std::string& application, std::int64_t ago,
                     const std::string& rule = "errors") {
    auto& alert = New(application, rule);
    alert.created_at = kNow - ago;
    alert.first_told = alert.told_at = alert.thread_told_at = kNow - ago;
    alert.thread = "alert/" + application + "/" + rule;
    alert.told = {"ops@example.org"};
    return alert;
  }

  Policy& Configure(const Config& config) {
    auto policy =
        dispatch::MakePolicy(config, {"ops@example.org"}, alerting_system::TimeZone::Utc());
    EXPECT_TRUE(policy) << (policy ? "" : policy.error().message);
    policy_ = *std::move(policy);
    return policy_;
  }

  void GroupByApplication() {
    Config config;
    config.routes.resize(1);
    config.routes[0].group_by = {"application"};
    Configure(config);
  }

  Plan At(std::int64_t now = kNow) {
    return dispatch::MakePlan(alerts_, policy_, mails_this_hour_, now);
  }

  /// What became of the alerts, as the tables have it at the next pass.
  void Keep(const Plan& plan) {
    for (const auto& note : plan.notes) {
      auto& alert = alerts_[note.alert];
      alert.held_by = note.held_by;
      alert.held_until = note.held_until;
      alert.step = note.step;
      alert.owed = note.owed;
    }
  }

  std::vector<PendingAlert> alerts_;
  Policy policy_ = *dispatch::MakePolicy({}, {"ops@example.org"}, alerting_system::TimeZone::Utc());
  std::map<std::string, int> mails_this_hour_;
};

TEST(PolicyTest, ARouteMayNameReceiversAndAddresses) {
  Config config;
  config.receivers.emplace_back();
  config.receivers[0].name = "oncall";
  config.receivers[0].mail = {"night@example.org"};
  config.receivers[0].command = {"/bin/page"};
  config.routes.emplace_back();
  config.routes[0].receivers = {"boss@example.org", "oncall"};
  const auto policy = dispatch::MakePolicy(config, {}, alerting_system::TimeZone::Utc());
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_THAT(policy->routes[0].recipients,
              testing::ElementsAre("boss@example.org", "night@example.org", "command:oncall"));
}

TEST_F(PlanTest, WhatBeginsIsToldAtOnce) {
  New("shop");
  const auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_EQ(plan.mails[0].say, Say::kProblem);
  EXPECT_THAT(plan.mails[0].alerts, ElementsAre(0));
  EXPECT_THAT(plan.mails[0].recipients, ElementsAre("ops@example.org"));
  EXPECT_THAT(plan.done, IsEmpty());
}

TEST_F(PlanTest, NothingIsSaidWhileNothingChanges) {
  Told("shop", kHour);
  const auto plan = At();
  EXPECT_THAT(plan.mails, IsEmpty());
  EXPECT_THAT(plan.notes, IsEmpty());
  EXPECT_THAT(plan.done, IsEmpty());
}

TEST_F(PlanTest, ItsEndIsToldInItsThreadToThoseWhoWereTold) {
  auto& alert = Told("shop", kHour);
  alert.resolved = true;
  alert.told = {"lead@example.org", "ops@example.org"};
  const auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_EQ(plan.mails[0].say, Say::kRecovery);
  EXPECT_EQ(plan.mails[0].thread, "alert/shop/errors");
  EXPECT_THAT(plan.mails[0].recipients, ElementsAre("lead@example.org", "ops@example.org"));
  EXPECT_THAT(plan.done, ElementsAre(0));
}

TEST_F(PlanTest, OneThatIsOverAlreadyIsToldByOneMail) {
  New("shop").resolved = true;
  const auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_EQ(plan.mails[0].say, Say::kBoth);
  EXPECT_THAT(plan.done, ElementsAre(0));
}

TEST_F(PlanTest, AlertsOfOnePassShareAMail) {
  New("shop");
  New("bank");
  New("mill").resolved = true;
  const auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_EQ(plan.mails[0].say, Say::kProblem);
  EXPECT_THAT(plan.mails[0].alerts, ElementsAre(0, 1, 2));
}

TEST_F(PlanTest, GroupsDoNotShareAMail) {
  GroupByApplication();
  New("shop", "errors");
  New("bank", "errors");
  New("shop", "slow");
  EXPECT_THAT(At().mails, SizeIs(2));
}

TEST_F(PlanTest, WithoutGroupsNothingWaits) {
  Told("shop", kMinute);
  New("shop", "slow");
  EXPECT_THAT(At().mails, SizeIs(1));
}

TEST_F(PlanTest, WhatJoinsAGroupWaitsForItsInterval) {
  GroupByApplication();
  Told("shop", kMinute);
  New("shop", "slow");
  const auto plan = At();
  EXPECT_THAT(plan.mails, IsEmpty());
  ASSERT_THAT(plan.notes, SizeIs(1));
  EXPECT_EQ(plan.notes[0].held_by, "group");
  EXPECT_EQ(plan.notes[0].held_until, kNow + 4 * kMinute);
  Keep(plan);
  EXPECT_THAT(At(kNow + 4 * kMinute).mails, SizeIs(1));
}

TEST_F(PlanTest, WhatIsWorseThanItsGroupDoesNotWait) {
  GroupByApplication();
  Told("shop", kMinute).severity = Severity::kWarning;
  New("shop", "down").severity = Severity::kCritical;
  EXPECT_THAT(At().mails, SizeIs(1));
}

TEST_F(PlanTest, AnotherGroupDoesNotWait) {
  GroupByApplication();
  Told("shop", kMinute);
  New("bank");
  EXPECT_THAT(At().mails, SizeIs(1));
}

TEST_F(PlanTest, TheFirstMailOfAGroupWaitsForOthersWhereAsked) {
  Config config;
  config.routes.resize(1);
  config.routes[0].wait = std::chrono::seconds(30);
  Configure(config);
  New("shop");
  Keep(At());
  EXPECT_EQ(alerts_[0].held_by, "group");
  New("shop", "slow").created_at = kNow;
  EXPECT_THAT(At(kNow + 29).mails, IsEmpty());
  const auto plan = At(kNow + 30);
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_THAT(plan.mails[0].alerts, ElementsAre(0, 1));
}

TEST_F(PlanTest, TheEndsOfAStormAreGathered) {
  for (int i = 0; i < 20; ++i) Told("app-" + std::to_string(i), kMinute).thread = "group/1";
  alerts_[3].resolved = true;
  const auto plan = At();
  EXPECT_THAT(plan.mails, IsEmpty());
  Keep(plan);
  alerts_[7].resolved = true;
  const auto later = At(kNow + 4 * kMinute);
  ASSERT_THAT(later.mails, SizeIs(1));
  EXPECT_THAT(later.mails[0].alerts, ElementsAre(3, 7));
  EXPECT_THAT(later.done, ElementsAre(3, 7));
}

TEST_F(PlanTest, WhatGoesOnIsToldAgainUntilItIsAcknowledged) {
  auto& alert = Told("shop", 4 * kHour);
  ASSERT_THAT(At().mails, SizeIs(1));
  EXPECT_EQ(At().mails[0].say, Say::kReminder);
  alert.acknowledged = true;
  EXPECT_THAT(At().mails, IsEmpty());
}

TEST_F(PlanTest, WhatNobodyAcknowledgesIsEscalatedStepByStep) {
  Config config;
  config.routes.resize(1);
  config.routes[0].escalate = {"15m: lead@example.org", "1h: boss@example.org"};
  Configure(config);
  Told("shop", 15 * kMinute);
  auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_EQ(plan.mails[0].say, Say::kEscalation);
  EXPECT_THAT(plan.mails[0].recipients, ElementsAre("lead@example.org"));
  Keep(plan);
  EXPECT_EQ(alerts_[0].step, 1);
  EXPECT_THAT(At(kNow + kMinute).mails, IsEmpty());
  plan = At(kNow + 45 * kMinute);
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_THAT(plan.mails[0].recipients, ElementsAre("boss@example.org"));
  alerts_[0].acknowledged = true;
  EXPECT_THAT(At(kNow + 45 * kMinute).mails, IsEmpty());
}

TEST_F(PlanTest, WhatIsSilencedWaits) {
  New("shop").mute = "silence 7";
  const auto plan = At();
  EXPECT_THAT(plan.mails, IsEmpty());
  ASSERT_THAT(plan.notes, SizeIs(1));
  EXPECT_EQ(plan.notes[0].held_by, "silence 7");
}

TEST_F(PlanTest, WhenASilenceEndsThePresentStateIsToldAtOnce) {
  New("shop").held_by = "silence 7";
  Told("bank", kMinute).held_by = "silence 7";
  const auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(2));
  EXPECT_EQ(plan.mails[0].say, Say::kReminder);
  EXPECT_EQ(plan.mails[1].say, Say::kProblem);
  EXPECT_THAT(plan.notes, SizeIs(2));  // nothing holds them now
}

TEST_F(PlanTest, WhatCameAndWentInASilenceIsNotTold) {
  auto& alert = New("shop");
  alert.held_by = alert.mute = "silence 7";
  alert.resolved = true;
  EXPECT_THAT(At().mails, IsEmpty());
  EXPECT_THAT(At().done, ElementsAre(0));
  alert.mute.clear();  // both ended since the last pass
  EXPECT_THAT(At().mails, IsEmpty());
  EXPECT_THAT(At().done, ElementsAre(0));
}

TEST_F(PlanTest, AnEndWaitsForTheSilenceWhereItsBeginningWasTold) {
  auto& alert = Told("shop", kHour);
  alert.mute = "silence 7";
  alert.resolved = true;
  auto plan = At();
  EXPECT_THAT(plan.mails, IsEmpty());
  EXPECT_THAT(plan.done, IsEmpty());
  Keep(plan);
  alert.mute.clear();
  plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_EQ(plan.mails[0].say, Say::kRecovery);
  EXPECT_THAT(plan.done, ElementsAre(0));
}

TEST_F(PlanTest, AnAlertHoldsBackWhatItExplains) {
  Config config;
  config.inhibitions.resize(1);
  config.inhibitions[0] = {"rule=\"down\"", "rule=\"errors\"", {"host"}, ""};
  Configure(config);
  New("web", "down").labels.emplace("host", "web-1");
  New("shop", "errors").labels.emplace("host", "web-1");
  New("bank", "errors").labels.emplace("host", "web-2");
  auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_THAT(plan.mails[0].alerts, ElementsAre(0, 2));
  EXPECT_EQ(plan.mails[0].holds_back, 1U);
  ASSERT_THAT(plan.notes, SizeIs(1));
  EXPECT_EQ(plan.notes[0].held_by, "alert 1");
  Keep(plan);
  for (const auto i : {0, 2}) {
    alerts_[i].told_at = alerts_[i].first_told = kNow;
    alerts_[i].told = {"ops@example.org"};
    alerts_[i].thread = "group/1";
  }
  EXPECT_THAT(At(kNow + kMinute).mails, IsEmpty());
  alerts_[0].resolved = true;
  plan = At(kNow + kMinute);
  ASSERT_THAT(plan.mails, SizeIs(2));
  EXPECT_EQ(plan.mails[0].say, Say::kProblem);
  EXPECT_THAT(plan.mails[0].alerts, ElementsAre(1));
  EXPECT_EQ(plan.mails[1].say, Say::kRecovery);
}

TEST_F(PlanTest, WhatFlapsIsToldInADigest) {
  auto& alert = New("shop");
  alert.recent = 11;
  auto plan = At();
  EXPECT_THAT(plan.mails, IsEmpty());
  Keep(plan);
  EXPECT_EQ(alerts_[0].held_by, "flapping");
  EXPECT_EQ(alerts_[0].held_until, kNow + 30 * kMinute);
  alerts_[0].resolved = true;
  New("shop").recent = 12;
  Keep(At(kNow + 10 * kMinute));
  EXPECT_EQ(alerts_[1].held_until, kNow + 30 * kMinute);
  plan = At(kNow + 30 * kMinute);
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_THAT(plan.mails[0].alerts, ElementsAre(0, 1));
  EXPECT_TRUE(plan.mails[0].flapping);
  EXPECT_THAT(plan.done, ElementsAre(0));
}

TEST_F(PlanTest, WhoHasHadTooManyMailsIsToldLater) {
  Config config;
  config.alerting.mails_per_hour = 5;
  config.routes.resize(1);
  config.routes[0].receivers = {"a@example.org", "b@example.org"};
  Configure(config);
  mails_this_hour_ = {{"a@example.org", 5}};
  New("shop");
  auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_THAT(plan.mails[0].recipients, ElementsAre("b@example.org"));
  Keep(plan);
  EXPECT_THAT(alerts_[0].owed, ElementsAre("a@example.org"));
  alerts_[0].told_at = alerts_[0].first_told = kNow;
  alerts_[0].told = {"b@example.org"};
  EXPECT_THAT(At(kNow + kMinute).mails, IsEmpty());
  mails_this_hour_ = {{"a@example.org", 4}};
  plan = At(kNow + kMinute);
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_EQ(plan.mails[0].say, Say::kOwed);
  EXPECT_THAT(plan.mails[0].recipients, ElementsAre("a@example.org"));
  Keep(plan);
  EXPECT_THAT(alerts_[0].owed, IsEmpty());
}

TEST_F(PlanTest, WhenNobodyHasRoomItIsOwedToAll) {
  mails_this_hour_ = {{"ops@example.org", 60}};
  New("shop");
  auto plan = At();
  EXPECT_THAT(plan.mails, IsEmpty());
  Keep(plan);
  alerts_[0].resolved = true;
  EXPECT_THAT(At().mails, IsEmpty());
  EXPECT_THAT(At().done, IsEmpty());
  mails_this_hour_.clear();
  plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_THAT(plan.done, ElementsAre(0));
}

TEST_F(PlanTest, TheFirstRouteThatMatchesDecides) {
  Config config;
  config.routes.resize(2);
  config.routes[0].match = "application=\"shop\"";
  config.routes[0].receivers = {"shop@example.org"};
  config.routes[1].receivers = {"rest@example.org"};
  Configure(config);
  New("shop");
  New("bank");
  const auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(2));
  EXPECT_THAT(plan.mails[0].recipients, ElementsAre("shop@example.org"));
  EXPECT_THAT(plan.mails[1].recipients, ElementsAre("rest@example.org"));
}

TEST_F(PlanTest, ARouteMayContinue) {
  Config config;
  config.routes.resize(1);
  config.routes[0].match = "application=\"shop\"";
  config.routes[0].receivers = {"shop@example.org"};
  config.routes[0].continues = true;
  Configure(config);
  New("shop");
  EXPECT_THAT(At().mails[0].recipients, ElementsAre("shop@example.org"));
  config.routes.emplace_back().receivers = {"all@example.org"};
  Configure(config);
  EXPECT_THAT(At().mails[0].recipients, ElementsAre("shop@example.org", "all@example.org"));
}

TEST_F(PlanTest, ARouteMayBeOneAtTimes) {
  Config config;
  config.routes.resize(1);
  config.routes[0].active = "daily 08:00-18:00";
  config.routes[0].receivers = {"day@example.org"};
  Configure(config);
  New("shop").created_at = 0;
  const std::int64_t midnight = kNow - kNow % 86'400;
  EXPECT_THAT(At(midnight + 9 * kHour).mails[0].recipients, ElementsAre("day@example.org"));
  EXPECT_THAT(At(midnight + 19 * kHour).mails[0].recipients, ElementsAre("ops@example.org"));
}

TEST_F(PlanTest, TenThousandAlertsAreOneMail) {
  for (int i = 0; i < 10'000; ++i) New("app-" + std::to_string(i));
  const auto plan = At();
  ASSERT_THAT(plan.mails, SizeIs(1));
  EXPECT_THAT(plan.mails[0].alerts, SizeIs(10'000));
}

}  // namespace
}  // namespace mon::test
