#include "rule_tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/child_process.h"

namespace mon::processor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr const char* kShop = R"([[test]]
name = "shop"
interval = "10s"
[[test.series]]
application = "shop"
)";

/// A file of tests, and the rules that they are run with.
class RuleTestsTest : public testing::Test {
 protected:
  Result<RuleTestsFile> Read(const std::string& text) {
    std::ofstream(path_) << text;
    return ReadRuleTests(path_);
  }

  /// What is wrong with the file, its path left out.
  std::string Problems(const std::string& text) {
    const auto file = Read(text);
    if (file) return "nothing";
    EXPECT_EQ(file.error().code, ErrorCode::kInvalidData);
    auto message = file.error().message;
    for (auto at = message.find(path_); at != std::string::npos; at = message.find(path_)) {
      message.erase(at, path_.size() + 1);
    }
    return message;
  }

  /// The differences of the one test of the file.
  std::vector<Difference> Differences(const std::string& text) {
    const auto file = Read(text);
    EXPECT_TRUE(file) << (file ? "" : file.error().message);
    if (!file) return {};
    const auto result = RunRuleTest(file->tests.front(), {rules_, 10s, {}});
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result->differences;
  }

  void AddRule(RuleConfig config) { rules_.push_back(*anomaly_detector::Rule::Parse(config)); }

  std::vector<anomaly_detector::Rule> rules_;

 private:
  test::TemporaryDirectory directory_;
  std::string path_ = directory_.Path() + "/rules_test.toml";
};

RuleConfig HighErrorRate(std::chrono::seconds held = 0s) {
  RuleConfig rule;
  rule.for_ = held;
  return rule;
}

TEST_F(RuleTestsTest, SampleOfTheCheckpointsOwnTimeCounts) {
  AddRule(HighErrorRate());
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0x2 0.9x2"
[[test.expect]]
at = "29s"
alerts = []
[[test.expect]]
at = "30s"
alerts = [ { rule = "high-error-rate", severity = "critical", summary = "Error rate of shop is 0.9" } ]
)"),
              IsEmpty());
}

TEST_F(RuleTestsTest, PendingUntilForHasPassed) {
  AddRule(HighErrorRate(20s));
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0 0.9x5"
[[test.expect]]
at = "20s"
alerts = [ { rule = "high-error-rate", state = "pending" } ]
[[test.expect]]
at = "30s"
alerts = [ { rule = "high-error-rate", state = "firing" } ]
)"),
              IsEmpty());
}

TEST_F(RuleTestsTest, AlertThatWasNotExpectedIsADifference) {
  AddRule(HighErrorRate());
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0.9"
[[test.expect]]
at = "0s"
alerts = []
)"),
              ElementsAre(Difference{0s, "high-error-rate", "shop", "",
                                     "firing critical \"Error rate of shop is 0.9\""}));
}

TEST_F(RuleTestsTest, MissingAlertIsADifference) {
  AddRule(HighErrorRate());
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0.1"
[[test.expect]]
at = "0s"
alerts = [ { rule = "high-error-rate", severity = "info" } ]
)"),
              ElementsAre(Difference{0s, "high-error-rate", "shop", "firing info", ""}));
}

TEST_F(RuleTestsTest, DetectorsLearnFromTheSeriesOfTheTest) {
  RuleConfig odd;
  odd.name = "odd";
  odd.expr = "odd(error_rate)";
  AddRule(odd);
  odd.name = "odd-load";
  odd.expr = R"(odd(item("load")))";
  AddRule(odd);
  EXPECT_THAT(Differences(R"([[test]]
name = "shop"
interval = "10s"
incidents = [
  { rule = "odd", started = "4000s", ended = "4030s" },
  { rule = "odd-load", started = "3990s", ended = "4020s" },
]
[[test.series]]
application = "shop"
error_rate = "0.01x399 0.2x2 0.01x20"
[[test.item]]
host = "web-1"
key = "load"
values = "1x399 20x2 1x20"
)"),
              IsEmpty());
}

TEST_F(RuleTestsTest, IncidentsTellBeginningAndEnd) {
  AddRule(HighErrorRate(10s));
  const std::string series = R"(error_rate = "0 0.9x2 0x2 0.9x2"
)";
  const std::string head = R"([[test]]
name = "shop"
interval = "10s"
)";
  const std::string application = "[[test.series]]\napplication = \"shop\"\n";
  EXPECT_THAT(Differences(head + R"(incidents = [
  { rule = "high-error-rate", started = "10s", fired = "20s", ended = "40s" },
  { rule = "high-error-rate", started = "70s" },
]
)" + application + series),
              IsEmpty());
  EXPECT_THAT(
      Differences(head + "incidents = [ { rule = \"high-error-rate\", fired = \"10s\" } ]\n" +
                  application + series),
      ElementsAre(
          Difference{std::nullopt, "high-error-rate", "shop", "fired 10s, open",
                     "fired 20s, ended 40s"},
          Difference{std::nullopt, "high-error-rate", "shop", "", "started 70s, fired 80s, open"}));
}

TEST_F(RuleTestsTest, ItemsAreJoinedWithinTheWindow) {
  RuleConfig rule;
  rule.name = "load";
  rule.expr = R"(item("system.cpu.load") > 4)";
  AddRule(rule);
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0x5"
[[test.item]]
host = "web-1"
key = "system.cpu.load"
offset = "20s"
values = "9"
[[test.expect]]
at = "9s"
alerts = []
[[test.expect]]
at = "10s"
alerts = [ { rule = "load", hosts = ["web-1"] } ]
)"),
              IsEmpty());
}

TEST_F(RuleTestsTest, ItemsAreChosenByTag) {
  RuleConfig rule;
  rule.name = "any";
  rule.expr = R"(item("load", tag="role") > 4)";
  AddRule(rule);
  rule.name = "database";
  rule.expr = R"(item("lo*", tag="role=db") > 4 and item("load") > 4)";
  AddRule(rule);
  rule.name = "none";
  rule.expr = R"(item("load", tag="rol") > 4)";
  AddRule(rule);
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0"
[[test.item]]
host = "db-1"
key = "load"
tags = ["team=shop", "role=db"]
values = "9"
[[test.item]]
host = "db-2"
key = "load"
tags = ["role=db-copy"]
values = "9"
[[test.item]]
host = "web-1"
key = "load"
values = "9"
[[test.expect]]
at = "0s"
alerts = [ { rule = "any", hosts = ["db-1", "db-2"] }, { rule = "database", hosts = ["db-1"] } ]
)"),
              IsEmpty());
}

TEST_F(RuleTestsTest, ItemOfAnotherApplicationDoesNotCount) {
  RuleConfig rule;
  rule.name = "load";
  rule.expr = R"(item("system.cpu.load") > 4)";
  AddRule(rule);
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0x5"
[[test.series]]
application = "desk"
error_rate = "0x5"
[[test.item]]
host = "web-1"
application = "desk"
key = "system.cpu.load"
values = "9x5"
[[test.expect]]
at = "50s"
alerts = [ { rule = "load", application = "desk" } ]
)"),
              IsEmpty());
}

TEST_F(RuleTestsTest, GapEndsAPendingRun) {
  AddRule(HighErrorRate(20s));
  EXPECT_THAT(Differences(std::string(kShop) + R"(error_rate = "0.9 0.9 _x5 0.9"
[[test.expect]]
at = "70s"
alerts = [ { rule = "high-error-rate", state = "pending" } ]
)"),
              IsEmpty());
}

TEST_F(RuleTestsTest, EverythingThatIsWrongIsToldWithItsLine) {
  EXPECT_EQ(Problems(R"([[test]]
name = "shop"
intervall = "10s"
[[test.series]]
application = "shop"
error_rate = "0 1.5"
response_time_ms = "100"
[[test.expect]]
at = 60
alerts = [ { rule = "r", state = "resolved" } ]
)"),
            "3: test.intervall: unknown key, did you mean \"interval\"?\n"
            "6: test.series.error_rate: found 1.5, expected rates from 0 to 1\n"
            "7: test.series.response_time_ms: found 1 samples, expected 2, as error_rate has\n"
            "9: test.expect.at: found the number 60, expected a text in quotes\n"
            "10: alerts.state: found \"resolved\", expected \"firing\" or \"pending\"");
}

TEST_F(RuleTestsTest, TestWithoutExpectationIsRefused) {
  EXPECT_EQ(Problems(std::string(kShop) + "error_rate = \"0\"\n"),
            "1: test.expect: is missing: expected [[test.expect]], or incidents = [ … ]");
  EXPECT_EQ(Problems(""), "1: test: is missing: expected [[test]]");
}

TEST_F(RuleTestsTest, ApplicationWithoutSeriesIsRefused) {
  EXPECT_EQ(Problems(std::string(kShop) + R"(error_rate = "0"
[[test.expect]]
at = "0s"
alerts = [ { rule = "r", application = "shopp" } ]
)"),
            "9: alerts.application: no series of \"shopp\" in this test, did you mean \"shop\"?");
}

TEST_F(RuleTestsTest, BrokenTomlNamesItsLine) {
  EXPECT_THAT(Problems("[[test]]\nname = \n"), testing::StartsWith("2: "));
}

TEST_F(RuleTestsTest, UnknownRuleIsNamedWithTheOneThatWasMeant) {
  const auto file = Read(std::string(kShop) + R"(error_rate = "0"
[[test.expect]]
at = "0s"
alerts = [ { rule = "high-eror-rate" } ]
)");
  ASSERT_TRUE(file);
  const auto checked = CheckRuleNames(*file, {"high-error-rate"});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message,
              HasSubstr(":9: rule: no rule \"high-eror-rate\", did you mean \"high-error-rate\"?"));
}

TEST_F(RuleTestsTest, FileThatIsNotThereIsNotFound) {
  const auto file = ReadRuleTests("/nonexistent/rules_test.toml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mon::processor
