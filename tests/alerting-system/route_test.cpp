// alerting-system route test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "alerting-system/on_call_world.h"

namespace mon::alerting_system {
namespace {

using nlohmann::json;
using test::Finished;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Strings = std::vector<std::string>;

constexpr const char* kWebRoute = R"(
[[route]]
match = 'team="web"'
receivers = ["web@example.org"]
)";
constexpr const char* kRoutes = R"(
[[route]]
match = 'severity="critical"'
active = "mon-fri 08:00-18:00"
receivers = ["day@example.org", "chat"]
escalate = ["15m: lead@example.org, day@example.org", "1h: boss@example.org"]
continue = true
[[route]]
match = 'team="web"'
receivers = ["web@example.org"]
group_by = ["application"]
wait = "30s"
[[inhibit]]
source = 'rule="host-down"'
target = 'severity=~"warning|critical"'
[[receiver]]
name = "chat"
webhook_url = "http://127.0.0.1:1/secret-of-the-hook"
format = "slack"
)";

// A Friday.
constexpr const char* kByDay = "2026-11-27 09:00";
constexpr const char* kByNight = "2026-11-27 03:00";

class RouteTest : public testing::Test {
 protected:
  RouteTest() {
    std::ofstream(config_) << "[smtp]\nfrom = \"monitoring@example.org\"\n"
                              "to = [\"oncall@example.org\"]\nmaildir = \"mails\"\n"
                              "[mail]\ntime_zone = \"Europe/Berlin\"\n"
                              "[[rule]]\nname = \"errors\"\nexpr = \"error_rate > 0.5\"\n"
                              "severity = \"critical\"\nlabels = { team = \"web\" }\n"
                           << kRoutes;
  }

  /// Without a database.
  [[nodiscard]] Finished Test(Strings arguments) const {
    arguments.insert(arguments.begin(),
                     {test::Program("alerting-system"), "--config", config_, "route", "test"});
    const Finished run = test::Run(arguments, {{"MYSQL_PORT", "1"}});
    EXPECT_THAT(run.out + run.err, Not(HasSubstr("secret-of-the-hook")));
    return run;
  }
  [[nodiscard]] json Json(Strings arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Finished run = Test(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return json::parse(run.out);
  }

  test::TemporaryDirectory directory_;
  std::string config_ = directory_.Path() + "/monitoring.toml";
};

TEST_F(RouteTest, SaysWhoIsToldAndWhen) {
  const Finished run =
      Test({"severity=critical", "team=web", "host=db-1", "host=db-2", "--at", kByDay});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(
      run.out,
      AllOf(HasSubstr(
                "labels      host=\"db-1\", host=\"db-2\", severity=\"critical\", team=\"web\"\n"),
            HasSubstr("begins      2026-11-27 09:00:00 +01:00\n"),
            HasSubstr("told        day@example.org, slack:chat, web@example.org\n"),
            HasSubstr("when        at once, in one mail with what begins in the same pass\n"),
            HasSubstr("reminder    each 4h until somebody acknowledges it\n"),
            HasSubstr("escalation  15m later, at 2026-11-27 09:15:00 +01:00, unless acknowledged: "
                      "lead@example.org\n"),
            HasSubstr("1h later, at 2026-11-27 10:00:00 +01:00, unless acknowledged: boss@")));
  EXPECT_THAT(run.out, HasSubstr("waits       while an alert goes on that matches "
                                 "rule=\"host-down\" and has the same host ("));
  EXPECT_THAT(run.out,
              HasSubstr("severity=\"critical\"              mon-fri 08:00-18:00  takes it\n"));
  EXPECT_THAT(run.out, HasSubstr("takes it as well\n"));
}

TEST_F(RouteTest, RoutesAreActiveAtTheirTimesOnly) {
  const Finished run = Test({"rule=errors", "--at", kByNight});
  EXPECT_THAT(run.out, AllOf(HasSubstr("told        web@example.org\n"),
                             HasSubstr("when        after 30s in a mail with all of the same "
                                       "application, then at most one each 5m\n"),
                             HasSubstr("not at this time\n"), Not(HasSubstr("escalation"))));
}

TEST_F(RouteTest, LabelsOfTheRuleGoWithoutSaying) {
  EXPECT_EQ(Json({"rule=errors"})["labels"],
            json::parse(R"({"rule": "errors", "severity": "critical", "team": "web"})"));
  EXPECT_EQ(Json({"rule=errors", "severity=info", "--at", kByDay})["recipients"],
            json::array({"web@example.org"}));
}

TEST_F(RouteTest, WhatNoRouteTakesGoesToEverybody) {
  const Finished run = Test({"application=blog"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("told        oncall@example.org\n"), HasSubstr("built in")));
}

TEST_F(RouteTest, IsJsonForPrograms) {
  const json found = Json({"rule=errors", "--at", kByDay});
  EXPECT_EQ(found["recipients"], json::array({"day@example.org", "slack:chat", "web@example.org"}));
  EXPECT_EQ(found["routes"][0]["answer"], "takes it");
  EXPECT_EQ(found["routes"][0]["active"], "mon-fri 08:00-18:00");
  EXPECT_EQ(found["escalations"][0]["after_seconds"], 900);
  EXPECT_EQ(found["escalations"][0]["recipients"], json::array({"lead@example.org"}));
  EXPECT_EQ(found["inhibited_by"][0]["match"], "rule=\"host-down\"");
  EXPECT_TRUE(found["group_by"].is_null());
  EXPECT_EQ(found["repeat_seconds"], 4 * 3600);
  EXPECT_EQ(Json({"rule=host-down"})["inhibits"][0]["equal"], json::array({"host"}));
}

TEST_F(RouteTest, OthersThanExpectedAreAFinding) {
  const Strings day = {"rule=errors", "--at", kByDay, "--expect"};
  const auto expecting = [&](const std::string& who) {
    auto arguments = day;
    arguments.push_back(who);
    return Test(arguments);
  };
  EXPECT_EQ(expecting("web@example.org,chat,day@example.org").exit_code, 0)
      << "in any order, receivers by name";
  const Finished run = expecting("web@example.org,day@example.org");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, HasSubstr("\nexpected day@example.org, web@example.org\n"
                                 "   found day@example.org, slack:chat, web@example.org\n"));
}

TEST_F(RouteTest, WrongUsageSaysWhatIsExpected) {
  for (const auto& [arguments, expected] : std::vector<std::pair<Strings, std::string>>{
           {{}, "expected labels such as severity=critical, or --alert ID"},
           {{"critical"}, "found \"critical\", expected a label such as severity=critical"},
           {{"severity=~c.*"}, "expected a label"},
           {{"severity=info", "--at", "soon"}, "--at: found \"soon\", expected a time"},
           {{"severity=info", "--alert", "1"}, "excludes"},
       }) {
    const Finished run = Test(arguments);
    EXPECT_EQ(run.exit_code, 64);
    EXPECT_THAT(run.err, HasSubstr(expected));
  }
  EXPECT_THAT(test::Run({test::Program("alerting-system"), "route"}).err,
              HasSubstr("route: a command is missing: expected test"));
}

TEST_F(RouteTest, TakesTheLabelsOfAStoredAlert) {
  auto& world = test::OnCallWorld::Fresh(kWebRoute);
  world.AddItem(1, 100, "web-1", "system.cpu.load", world.now);
  world.db.Execute("INSERT INTO application_hosts (application, hostid) VALUES ('shop', 100)");
  world.Fail("shop");
  const auto id = world.db.QueryOne("SELECT id FROM alerts WHERE rule = 'errors'");
  const auto text = world.Get({"route", "test", "--alert", id});
  EXPECT_THAT(text, AllOf(HasSubstr("application=\"shop\", host=\"web-1\", rule=\"errors\""),
                          HasSubstr("told        web@example.org\n")));
  world.Get({"silence", "host=web-1", "--for", "1h"});
  EXPECT_THAT(world.Get({"route", "test", "--alert", id}),
              HasSubstr("waits       for silence 1\n"));
  EXPECT_EQ(world.Do({"route", "test", "--alert", "99"}).exit_code, 65);
}

}  // namespace
}  // namespace mon::alerting_system
