// What every program of the platform answers in the same way.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/program.h"
#include "support/child_process.h"

namespace mon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> Programs() {
  std::istringstream names(MON_PROGRAMS);
  std::vector<std::string> programs;
  for (std::string name; names >> name;) programs.push_back(name);
  return programs;
}

class ProgramsTest : public testing::TestWithParam<std::string> {
 protected:
  Finished Start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), Program(GetParam()));
    // From a directory of its own: no monitoring.toml and no .env of the one who runs the tests.
    std::vector<std::string> command = {"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"",
                                        directory_.Path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::Run(command);
  }

  std::string Write(const std::string& toml) {
    std::ofstream(directory_.Path() + "/bad.toml") << toml;
    return directory_.Path() + "/bad.toml";
  }

  TemporaryDirectory directory_;
};

TEST_P(ProgramsTest, HelpNamesTheSharedFlagsAndTheExitCodes) {
  const Finished help = Start({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_THAT(help.out, AllOf(HasSubstr("--config"), HasSubstr("--env-file"),
                              HasSubstr("--check-config"), HasSubstr("--show-config"),
                              HasSubstr("--log-level"), HasSubstr("--log-format")));
  EXPECT_THAT(help.out, testing::ContainsRegex("[Ee]xit"));
}

TEST_P(ProgramsTest, VersionNamesProgramAndPlatform) {
  const Finished version = Start({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out, GetParam() + ", " + std::string(VersionText()) + "\n");
}

TEST_P(ProgramsTest, AcceptsTheExampleConfiguration) {
  const Finished check = Start({"--check-config", "--config", MON_EXAMPLE_CONFIG});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_EQ(check.out, "configuration is good: " MON_EXAMPLE_CONFIG "\n");
  EXPECT_EQ(check.err, "");
}

TEST_P(ProgramsTest, RefusesATypoInTheConfiguration) {
  const std::string file = Write("[mysql]\npasword = \"hunter2\"\n");
  const Finished check = Start({"--check-config", "--config", file});
  EXPECT_EQ(check.exit_code, 78);
  EXPECT_EQ(check.out, "");
  EXPECT_THAT(check.err, StartsWith(GetParam() + ": " + file + ":2: mysql.pasword: unknown key"));
  EXPECT_THAT(check.err, testing::Not(HasSubstr("hunter2")));
}

TEST_P(ProgramsTest, RefusesARuleThatIsWrong) {
  const std::string file = Write("[[rule]]\nname = \"x\"\nexpr = \"eror_rate > 1\"\n");
  const Finished check = Start({"--check-config", "--config", file});
  EXPECT_EQ(check.exit_code, 78);
  EXPECT_THAT(check.err, StartsWith(GetParam() + ": " + file + ":3: rule[0].expr: "));
}

TEST_P(ProgramsTest, ShowsTheWholeConfiguration) {
  const Finished show = Start({"--show-config", "--config", MON_EXAMPLE_CONFIG});
  EXPECT_EQ(show.exit_code, 0) << show.err;
  for (const char* table : {"[mysql]", "[zabbix]", "[smtp]", "[mail]", "[aggregator]",
                            "[processor]", "[alerting]", "[[application]]", "[[rule]]"}) {
    EXPECT_THAT(show.out, HasSubstr(table));
  }
}

TEST_P(ProgramsTest, RefusesAnUnknownFlag) {
  const Finished refused = Start({"--no-such-flag"});
  EXPECT_EQ(refused.exit_code, 64);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, AllOf(StartsWith(GetParam() + ": "), HasSubstr("--no-such-flag"),
                                 HasSubstr("--help")));
}

INSTANTIATE_TEST_SUITE_P(Each, ProgramsTest, testing::ValuesIn(Programs()),
                         [](const testing::TestParamInfo<std::string>& program) {
                           std::string name = program.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace mon::test
