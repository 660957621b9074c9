#include "common/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/child_process.h"

namespace mon::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { std::ofstream(config_) << "[mysql]\nuser = \"monitor\"\n"; }

  Finished Sample(std::vector<std::string> arguments,
                  const std::map<std::string, std::string>& environment = {}) {
    arguments.insert(arguments.begin(), {Program("common_sample_program"), "--config", config_});
    return test::Run(arguments, environment);
  }
  Finished Do(const std::string& what, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"do", "--what", what});
    return Sample(more);
  }

  TemporaryDirectory directory_;
  std::string config_ = directory_.Path() + "/monitoring.toml";
};

TEST_F(ProgramTest, RunsAndReturnsZero) {
  const Finished done = Do("nothing");
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.out, "did nothing\n");
  EXPECT_EQ(done.err, "");
}

TEST_F(ProgramTest, ReturnsWhatTheRunSays) { EXPECT_EQ(Do("found").exit_code, 1); }

TEST_F(ProgramTest, PrintsAnErrorOnceWithItsExitCode) {
  const Finished done = Do("timeout");
  EXPECT_EQ(done.exit_code, 69);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(done.err, "sample: zabbix: no answer\n  forged\\u001b[31m: line\n");
}

TEST_F(ProgramTest, AnErrorIsALineOfJsonWhereLogsAre) {
  const Finished done = Do("timeout", {"--log-format", "json"});
  EXPECT_EQ(done.exit_code, 69);
  const auto line = nlohmann::json::parse(done.err);
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["message"], "zabbix: no answer\nforged\x1b[31m: line");
}

TEST_F(ProgramTest, BusyIsSaidAtInfoAlone) {
  const Finished silent = Do("busy");
  EXPECT_EQ(silent.exit_code, 75);
  EXPECT_EQ(silent.err, "");
  EXPECT_THAT(Do("busy", {"--log-level", "info"}).err, HasSubstr("another run holds the lease"));
}

TEST_F(ProgramTest, AnExceptionIsABugOfOurs) {
  const Finished done = Do("throw");
  EXPECT_EQ(done.exit_code, 70);
  EXPECT_EQ(done.err, "sample: internal error: index out of range\n");
  EXPECT_EQ(Do("throw-int").exit_code, 70);
}

TEST_F(ProgramTest, HelpTeaches) {
  const Finished done = Sample({"--help"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.err, "");
  for (const char* part : {"Does as it is told.", "--config", "--env-file", "--check-config",
                           "--show-config", "--log-level", "--log-format", "--once", "--daemon",
                           "--interval", "--dry-run", "--listen", "Examples:", "do"}) {
    EXPECT_THAT(done.out, HasSubstr(part));
  }
}

TEST_F(ProgramTest, HelpOfASubcommandIsItsOwn) {
  const Finished done = Sample({"do", "--help"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, AllOf(HasSubstr("--what"), HasSubstr("sample --help")));
}

TEST_F(ProgramTest, TellsItsVersion) {
  const Finished done = Sample({"--version"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.out, "sample, " + std::string(VersionText()) + "\n");
}

TEST_F(ProgramTest, WrongUsageIsExplained) {
  const auto refused = [this](const std::vector<std::string>& arguments) {
    const Finished done = Sample(arguments);
    EXPECT_EQ(done.exit_code, 64);
    EXPECT_EQ(done.out, "");
    EXPECT_THAT(done.err, AllOf(StartsWith("sample: "), EndsWith("Try 'sample --help'.\n")));
    return done.err;
  };
  EXPECT_THAT(refused({"do", "--wat"}), HasSubstr("--wat"));
  EXPECT_THAT(refused({}), HasSubstr("a command is missing: expected do"));
  EXPECT_THAT(refused({"undo"}), HasSubstr("undo"));
  EXPECT_THAT(refused({"do", "--log-level", "loud"}), HasSubstr("--log-level"));
  EXPECT_THAT(refused({"do", "--log-format", "xml"}), HasSubstr("--log-format"));
  EXPECT_THAT(refused({"do", "--once", "--daemon"}), HasSubstr("--once"));
  EXPECT_THAT(refused({"do", "--interval", "10"}), HasSubstr("--interval"));
  EXPECT_THAT(refused({"do", "--interval", "199ms"}), HasSubstr("200ms to 1h"));
  EXPECT_THAT(refused({"do", "--interval", "61m"}), HasSubstr("200ms to 1h"));
  EXPECT_THAT(refused({"do", "--config"}), HasSubstr("--config"));
}

TEST_F(ProgramTest, AWrongListenAddressIsWrongUsage) {
  const Finished done = Do("nothing", {"--listen", "here"});
  EXPECT_EQ(done.exit_code, 64);
  EXPECT_THAT(done.err, HasSubstr("--listen: found \"here\", expected ADDR:PORT"));
}

TEST_F(ProgramTest, SharedFlagsAreGoodOnBothSidesOfASubcommand) {
  EXPECT_EQ(Sample({"--dry-run", "--interval", "500ms", "do", "--what", "options"}).out,
            "once=false daemon=false dry_run=true interval=500 listen=127.0.0.1:9301\n");
  EXPECT_EQ(Sample({"do", "--what", "options", "--daemon", "--listen", "none"}).out,
            "once=false daemon=true dry_run=false interval=10000 listen=none\n");
}

TEST_F(ProgramTest, ChecksTheConfigurationWithoutRunning) {
  const Finished done = Sample({"--check-config"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.out, "configuration is good: " + config_ + "\n");
}

TEST_F(ProgramTest, ABadConfigurationIsRefusedBeforeAnythingRuns) {
  std::ofstream(config_) << "[mysql]\nusr = \"monitor\"\n";
  for (const auto& arguments :
       {std::vector<std::string>{"--check-config"}, {"--show-config"}, {"do"}}) {
    const Finished done = Sample(arguments);
    EXPECT_EQ(done.exit_code, 78);
    EXPECT_EQ(done.out, "");
    EXPECT_EQ(done.err,
              "sample: " + config_ + ":2: mysql.usr: unknown key, did you mean \"mysql.user\"?\n");
  }
}

TEST_F(ProgramTest, ShowsTheConfigurationWithoutRunning) {
  const Finished done =
      Sample({"--show-config", "--listen", "none"}, {{"MYSQL_PASSWORD", "hunter2"}});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, HasSubstr("user = \"monitor\""));
  EXPECT_THAT(done.out, HasSubstr("# flag --listen"));
  EXPECT_THAT(done.out, HasSubstr("# environment MYSQL_PASSWORD"));
  EXPECT_EQ(done.out.find("hunter2"), std::string::npos);
}

TEST_F(ProgramTest, WarningsOfTheConfigurationAreLogged) {
  const Finished done = Sample({"do"}, {{"MYSQL_PASSWORD", "<secret>"}});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.err, HasSubstr(" warning sample: MYSQL_PASSWORD is the mask of a secret"));
}

TEST_F(ProgramTest, OutputThatIsLostIsAnError) {
  const std::string command =
      Program("common_sample_program") + " --config " + config_ + " do >/dev/full";
  const Finished done = test::Run({"/bin/sh", "-c", command});
  EXPECT_EQ(done.exit_code, 74);
  EXPECT_EQ(done.err, "sample: standard output could not be written\n");
}

TEST_F(ProgramTest, AClosedOutputIsAnErrorToo) {
  const std::string program = Program("common_sample_program") + " --config " + config_;
  EXPECT_EQ(test::Run({"/bin/sh", "-c", program + " do >&-"}).exit_code, 74);
  EXPECT_EQ(test::Run({"/bin/sh", "-c", program + " do --what found >&-"}).exit_code, 1)
      << "nothing was printed, nothing is lost";
}

TEST_F(ProgramTest, LeavesNoCoreDumps) {
  const Finished limits =
      test::Run({"/bin/sh", "-c",
                 "ulimit -c unlimited; exec " + Program("common_sample_program") + " --config " +
                     config_ + " do --what core-limit"});
  EXPECT_EQ(limits.out, "did core-limit 0\n");
}

TEST_F(ProgramTest, HasAsManyOpenFilesAsAreAllowedWhileItIsADaemon) {
  const std::string limited = "ulimit -Sn 100; ulimit -Hn 300; exec " +
                              Program("common_sample_program") + " --config " + config_ +
                              " do --what file-limit";
  EXPECT_EQ(test::Run({"/bin/sh", "-c", limited}).out, "did file-limit 100\n");
  EXPECT_EQ(test::Run({"/bin/sh", "-c", limited + " --daemon"}).out, "did file-limit 300\n");
}

}  // namespace
}  // namespace mon::test
