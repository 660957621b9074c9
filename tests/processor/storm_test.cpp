#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "processor/processor_world.h"

// Thousands of alerts in one pass: a mail for each route, also where the pass dies on the way.

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr int kAlerts = 10'000;

constexpr const char* kRoutes =
    "[[route]]\nmatch = \"application=~\\\"app-.*7\\\"\"\nreceivers = [\"seven@example.org\"]\n"
    "[[route]]\nreceivers = [\"oncall@example.org\"]\n";

class StormTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.Pass();
    world_.db.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application)"
        " SELECT ?, 100, 0.9, CONCAT('app-', seq) FROM seq_1_to_10000",
        {world_.now - 10});
  }

  void ExpectOneMailForEachRoute() {
    EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alerts"), std::to_string(kAlerts));
    EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(DISTINCT alert_id) FROM notification_alerts"),
              std::to_string(kAlerts));
    EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM notification_alerts"),
              std::to_string(kAlerts));
    EXPECT_EQ(world_.db.Query("SELECT recipient, status FROM notification_recipients ORDER BY 1"),
              (std::vector<std::vector<std::string>>{{"oncall@example.org", "sent"},
                                                     {"seven@example.org", "sent"}}));
    EXPECT_THAT(world_.Subjects(),
                UnorderedElementsAre(HasSubstr("[PROBLEM critical P1] 9000 alerts: "),
                                     HasSubstr("[PROBLEM critical P1] 1000 alerts: ")));
    for (const auto& mail : world_.Mails()) EXPECT_LT(mail.size(), 100'000U);
  }

  ProcessorWorld world_{kRoutes};
};

TEST_F(StormTest, IsOneMailForEachRoute) {
  const auto begun = std::chrono::steady_clock::now();
  world_.Pass();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  RecordProperty("seconds", std::to_string(took.count()));
  ExpectOneMailForEachRoute();
  world_.Pass();
  EXPECT_THAT(world_.Subjects(), SizeIs(2));
}

TEST_F(StormTest, IsOneMailForEachRouteAfterAKillInTheMiddle) {
  {
    Background processor({Program("processor"), "--config", world_.ConfigFile()},
                         world_.Environment());
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (world_.db.QueryOne("SELECT COUNT(*) FROM alerts") == "0" &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    processor.Signal(SIGKILL);
    ASSERT_EQ(processor.Wait(), 128 + SIGKILL);
  }
  const auto recorded = std::stoi(world_.db.QueryOne("SELECT COUNT(*) FROM alerts"));
  ASSERT_GT(recorded, 0);
  ASSERT_LT(recorded, kAlerts);
  ASSERT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM notifications"), "0");
  world_.Pass();
  ExpectOneMailForEachRoute();
}

TEST_F(StormTest, ThatEndsIsOneMailForEachRoute) {
  world_.Pass();
  for (const int later : {5, 9}) {
    world_.db.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application)"
        " SELECT ?, 100, 0.1, CONCAT('app-', seq) FROM seq_1_to_10000",
        {world_.now - 10 + later});
  }
  world_.Pass();
  // The ends of one mail with many are gathered, and come together.
  world_.db.Execute("UPDATE notifications SET created_at = created_at - INTERVAL 10 MINUTE");
  world_.db.Execute(
      "UPDATE alert_tellings SET told_at = told_at - INTERVAL 10 MINUTE, first_told_at ="
      " first_told_at - INTERVAL 10 MINUTE, held_until = held_until - INTERVAL 10 MINUTE");
  world_.Pass();
  EXPECT_THAT(world_.Subjects(), SizeIs(4));
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alert_tellings"), "0");
}

}  // namespace
}  // namespace mon::test
