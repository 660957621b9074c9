// Routes, receivers, calls and contexts: tables of which each says something of others.
#include <chrono>

#include "common/config_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using ConfigTablesTest = ConfigTest;

TEST_F(ConfigTablesTest, RoutesAndInhibitionsAreRead) {
  const auto loaded = TryLoad(
      "[[route]]\nmatch = 'severity=\"critical\"'\nreceivers = [\"a@example.org\"]\ncontinue = "
      "true\n"
      "active = \"mon-fri 08:00-18:00\"\ngroup_by = [\"team\"]\nwait = \"10s\"\ninterval = \"1m\"\n"
      "repeat = \"1h\"\nescalate = [\"15m: b@example.org\"]\n[[route]]\n"
      "[[inhibit]]\nsource = 'rule=\"down\"'\ntarget = 'rule=\"slow\"'\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config& config = loaded->config;
  ASSERT_EQ(config.routes.size(), 2);
  const RouteConfig& route = config.routes[0];
  EXPECT_EQ(route.match, "severity=\"critical\"");
  EXPECT_THAT(route.receivers, ElementsAre("a@example.org"));
  EXPECT_TRUE(route.continues);
  EXPECT_EQ(route.active, "mon-fri 08:00-18:00");
  EXPECT_THAT(*route.group_by, ElementsAre("team"));
  EXPECT_EQ(route.wait, 10s);
  EXPECT_EQ(route.interval, 1min);
  EXPECT_EQ(route.repeat, 1h);
  EXPECT_THAT(route.escalate, ElementsAre("15m: b@example.org"));
  EXPECT_FALSE(config.routes[1].group_by);
  ASSERT_EQ(config.inhibitions.size(), 1);
  EXPECT_THAT(config.inhibitions[0].equal, ElementsAre("host"));
}

TEST_F(ConfigTablesTest, RoutesAreReadAsStrictlyAsTheRest) {
  EXPECT_EQ(Refusal("[[route]]\ncontinue = \"yes\"\n"),
            "monitoring.toml:2: route[0].continue: found \"yes\", expected true or false");
  EXPECT_THAT(Refusal("[[route]]\ngroup_by = [\"no good\"]\n"), HasSubstr("names of labels"));
  EXPECT_THAT(Refusal("[[inhibit]]\nsource = 'a=\"b\"'\n"), HasSubstr("target is missing"));
  EXPECT_THAT(Refusal("[[routes]]\n"), HasSubstr("did you mean [[route]]?"));
  EXPECT_THAT(Refusal("[alerting]\nflapping = -1\n"), HasSubstr("a number from 0 to"));
}

TEST_F(ConfigTablesTest, ReceiversAreRead) {
  Write("token", "hunter2\n");
  const Config config =
      Load(
          "[[receiver]]\nname = \"oncall\"\nmail = [\"a@example.org\", \"b@example.org\"]\n"
          "webhook_url = \"https://hooks.example/T0\"\nformat = \"slack\"\nbearer_token_file = "
          "\"token\"\nheaders = { X-Key = \"k\" }\ncommand = [\"/usr/local/bin/page\", \"--to\"]\n"
          "timeout = \"3s\"\n[[receiver]]\nname = \"hook\"\nwebhook_url = \"http://hook/\"\n")
          .config;
  ASSERT_EQ(config.receivers.size(), 2);
  const ReceiverConfig& oncall = config.receivers[0];
  EXPECT_EQ(oncall.webhook_url, Secret("https://hooks.example/T0"));
  EXPECT_EQ(oncall.bearer_token, Secret("hunter2"));
  EXPECT_EQ(oncall.headers[0].second, Secret("k"));
  EXPECT_EQ(oncall.timeout, 3s);
  EXPECT_EQ(config.receivers[1].timeout, 10s);
  EXPECT_THAT(TargetsOf(oncall),
              ElementsAre("a@example.org", "b@example.org", "slack:oncall", "command:oncall"));
  EXPECT_THAT(TargetsOf(config.receivers[1]), ElementsAre("webhook:hook"));
}

TEST_F(ConfigTablesTest, ReceiversAreReadAsStrictlyAsTheRest) {
  const auto refusal = [this](const std::string& more) {
    return Refusal("[[receiver]]\nname = \"a\"\n" + more);
  };
  EXPECT_THAT(refusal(""), HasSubstr("monitoring.toml:2: receiver[0].name: \"a\" reaches nobody: "
                                     "expected mail, webhook_url or command"));
  EXPECT_THAT(refusal("webhok_url = \"http://a\"\n"), HasSubstr("did you mean \"webhook_url\"?"));
  EXPECT_THAT(refusal("webhook_url = \"hunter2\"\n"),
              testing::AllOf(HasSubstr("monitoring.toml:3: receiver[0].webhook_url: found"),
                             HasSubstr("expected a URL"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(refusal("webhook_url = \"http://a\"\nformat = \"xml\"\n"), HasSubstr("\"teams\""));
  EXPECT_THAT(refusal("command = \"/bin/true\"\n"), HasSubstr("expected an array of texts"));
  EXPECT_THAT(refusal("command = [\"page\"]\n"), HasSubstr("expected the absolute path"));
  EXPECT_THAT(refusal("mail = [\"A <a@example.org>\"]\n"), HasSubstr("mail addresses"));
  EXPECT_THAT(refusal("mail = [\"a@example.org\"]\nbearer_token = \"x\"\n"),
              HasSubstr("receiver[0].bearer_token: expected webhook_url beside it"));
  EXPECT_THAT(Refusal("[[receiver]]\nname = \"a b\"\nmail = [\"a@x.org\"]\n"),
              HasSubstr("letters, digits"));
  EXPECT_THAT(Refusal("[[receiver]]\nname = \"a\"\nmail = [\"a@x.org\"]\n"
                      "[[receiver]]\nname = \"a\"\nmail = [\"b@x.org\"]\n"),
              HasSubstr("is the name of another receiver"));
  EXPECT_THAT(Refusal("[[receivers]]\n"), HasSubstr("did you mean [[receiver]]?"));
}

constexpr const char* kThree =
    "[[application]]\nname = \"shop\"\nurl = \"http://shop/\"\ndepends_on = [\"auth\"]\n"
    "[[application]]\nname = \"auth\"\nurl = \"http://auth/\"\ndepends_on = [\"db\"]\n"
    "[[application]]\nname = \"db\"\nurl = \"http://db/\"\ndepends_on = [\"shop\"]\n";

TEST_F(ConfigTablesTest, ApplicationsNameWhatTheyCallAlsoInCircles) {
  const Config config = Load(kThree).config;
  EXPECT_THAT(config.applications[0].depends_on, ElementsAre("auth"));
  EXPECT_THAT(config.applications[2].depends_on, ElementsAre("shop"));
}

TEST_F(ConfigTablesTest, WhatIsCalledIsAnotherApplication) {
  const std::string shop = "[[application]]\nname = \"shop\"\nurl = \"http://shop/\"\n";
  EXPECT_EQ(Refusal(shop + "depends_on = [\"shop\"]\n"),
            "monitoring.toml:4: application[0].depends_on: \"shop\" is the application itself");
  EXPECT_EQ(Refusal(shop + "depends_on = [\"aut\"]\n[[application]]\nname = \"auth\"\n"
                           "url = \"http://auth/\"\n"),
            "monitoring.toml:4: application[0].depends_on: \"aut\" is the name of no application, "
            "did you mean \"auth\"?");
  EXPECT_THAT(Refusal(shop + "depends_on = \"auth\"\n"), HasSubstr("names of applications"));
}

TEST_F(ConfigTablesTest, ContextsAreRead) {
  const Config config =
      Load(std::string(kThree) +
           "[[context]]\napplication = \"shop\"\nhosts = [\"db-*\"]\ntags = [\"role=db\"]\n"
           "items = [\"mysql.*\"]\nactive = \"mon-fri 08:00-18:00\"\nrole = \"cause\"\n"
           "window = \"auto\"\n[[context]]\napplication = \"*\"\nwindow = \"30s\"\n")
          .config;
  ASSERT_EQ(config.contexts.size(), 2);
  const ContextConfig& context = config.contexts[0];
  EXPECT_EQ(context.application, "shop");
  EXPECT_THAT(context.hosts, ElementsAre("db-*"));
  EXPECT_THAT(context.tags, ElementsAre("role=db"));
  EXPECT_THAT(context.items, ElementsAre("mysql.*"));
  EXPECT_EQ(context.active, "mon-fri 08:00-18:00");
  EXPECT_EQ(context.role, ContextRole::kCause);
  EXPECT_EQ(context.window, JoinWindow{.measured = true});
  EXPECT_THAT(context.where, HasSubstr("monitoring.toml:13"));
  EXPECT_EQ(config.contexts[1].role, std::nullopt);
  EXPECT_EQ(config.contexts[1].window, JoinWindow{.width = 30s});
}

TEST_F(ConfigTablesTest, ContextMayBeOfTheRowsThatOtherProgramsInsert) {
  const auto config =
      Load(std::string(kThree) + "[[context]]\napplication = \"hyphenmon\"\nrole = \"cause\"\n")
          .config;
  EXPECT_EQ(config.contexts.size(), 1U);
}

TEST_F(ConfigTablesTest, ContextsAreReadAsStrictlyAsTheRest) {
  const auto refusal = [this](const std::string& more) {
    return Refusal(std::string(kThree) + "[[context]]\n" + more);
  };
  EXPECT_THAT(refusal("role = \"cause\"\n"), HasSubstr("application is missing"));
  EXPECT_EQ(refusal("application = \"shp\"\nrole = \"cause\"\n"),
            "monitoring.toml:14: context[0].application: \"shp\" fits the name of no application, "
            "did you mean \"shop\"?");
  EXPECT_EQ(refusal("application = \"*\"\nrole = \"reason\"\n"),
            "monitoring.toml:15: context[0].role: found \"reason\", expected \"cause\" or "
            "\"symptom\" or \"unrelated\"");
  EXPECT_THAT(refusal("application = \"*\"\nwindow = \"wide\"\n"),
              HasSubstr("monitoring.toml:15: context[0].window: found \"wide\", expected \"auto\", "
                        "or a duration"));
  EXPECT_THAT(
      refusal("application = \"*\"\nitem = [\"a\"]\n"),
      HasSubstr("monitoring.toml:15: context[0].item: unknown key, did you mean \"items\"?"));
  EXPECT_THAT(refusal("application = \"*\"\nitems = [\"a\"]\n"),
              HasSubstr("monitoring.toml:14: context[0].application: expected a role or a window"));
  EXPECT_THAT(Refusal("[[contexts]]\n"), HasSubstr("did you mean [[context]]?"));
}

}  // namespace
}  // namespace mon::test
