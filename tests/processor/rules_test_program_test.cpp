#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/child_process.h"

// `processor rules test` as a person runs it; no database is there.

namespace mon::test {
namespace {

using ::testing::HasSubstr;

class RulesTestProgramTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const auto path = directory_.Path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  Finished RulesTest(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{Program("processor"), "rules", "test"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::Run(command, {{"MONITORING_STATE_DIR", directory_.Path()}});
  }

  TemporaryDirectory directory_;
};

/// One test that holds, one that does not, of the built-in rule.
constexpr const char* kOneOfEach = R"([[test]]
name = "good"
[[test.series]]
application = "shop"
error_rate = "0.9"
[[test.expect]]
at = "0s"
alerts = [ { rule = "high-error-rate" } ]
[[test]]
name = "bad"
[[test.series]]
application = "shop"
error_rate = "0.9"
[[test.expect]]
at = "10s"
alerts = [ { rule = "high-error-rate", state = "pending" } ]
)";

TEST_F(RulesTestProgramTest, ExampleFileHolds) {
  const auto run = RulesTest({MON_EXAMPLE_RULES_TEST});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, HasSubstr("\n2 passed, 0 failed\n"));
}

TEST_F(RulesTestProgramTest, MismatchIsShownSideBySide) {
  const auto file = Write("rules_test.toml", kOneOfEach);
  const auto run = RulesTest({file});
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_EQ(run.out, file +
                         "\n  ok     good\n"
                         "  FAILED bad (line 9)\n"
                         "          AT  RULE             APPLICATION  EXPECTED  GOT\n"
                         "         10s  high-error-rate  shop         pending   firing\n"
                         "1 passed, 1 failed\n");
}

TEST_F(RulesTestProgramTest, JsonTellsTheSame) {
  const auto file = Write("rules_test.toml", kOneOfEach);
  const auto run = RulesTest({file, "--format", "json"});
  EXPECT_EQ(run.exit_code, 1) << run.err;
  const auto out = nlohmann::json::parse(run.out);
  EXPECT_EQ(out["passed"], 1);
  EXPECT_EQ(out["failed"], 1);
  EXPECT_EQ(out["tests"][1], (nlohmann::json{{"file", file},
                                             {"name", "bad"},
                                             {"line", 9},
                                             {"passed", false},
                                             {"differences",
                                              {{{"at_seconds", 10},
                                                {"rule", "high-error-rate"},
                                                {"application", "shop"},
                                                {"expected", "pending"},
                                                {"got", "firing"}}}}}));
}

TEST_F(RulesTestProgramTest, RulesComeFromTheConfigurationThatTheFileNames) {
  Write("own.toml", "[[rule]]\nname = \"slow\"\nexpr = \"response_time_ms > 500\"\n");
  const auto file = Write("rules_test.toml", R"(config = "own.toml"
[[test]]
name = "slow"
[[test.series]]
application = "shop"
response_time_ms = "100x3 900"
[[test.expect]]
at = "40s"
alerts = [ { rule = "slow" } ]
)");
  const auto run = RulesTest({file});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
}

TEST_F(RulesTestProgramTest, WrongFilesHaveTheirExitCodes) {
  const auto good = Write("good.toml", kOneOfEach);
  EXPECT_EQ(RulesTest({good, "/nonexistent/file.toml"}).exit_code, 66);
  const auto broken = RulesTest({Write("broken.toml", "[[test]]\nnam = \"x\"\n")});
  EXPECT_EQ(broken.exit_code, 65);
  EXPECT_THAT(broken.err, HasSubstr("broken.toml:2: test.nam: unknown key"));
  const auto no_config =
      RulesTest({Write("no_config.toml", "config = \"none.toml\"\n" + std::string(kOneOfEach))});
  EXPECT_EQ(no_config.exit_code, 78) << no_config.err;
  const auto bad_rule =
      RulesTest({Write("bad_rule.toml", "[[rule]]\nname = \"a\"\nexpr = \"error_rat > 1\"\n" +
                                            std::string(kOneOfEach))});
  EXPECT_EQ(bad_rule.exit_code, 78);
  EXPECT_THAT(bad_rule.err, HasSubstr("bad_rule.toml:"));
  EXPECT_EQ(RulesTest({}).exit_code, 64);
  EXPECT_EQ(RulesTest({good, "--dry-run"}).exit_code, 64);
}

}  // namespace
}  // namespace mon::test
