// The unit files, as systemd itself sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/child_process.h"

namespace mon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using testing::Not;
using testing::SizeIs;

/// systemd's exposure level times ten: 0 is a locked room, 100 a process of root. A service that
/// talks to the network cannot get far below 10.
constexpr const char* kMostExposed = "15";

std::vector<std::string> Units(const std::string& ending) {
  std::vector<std::string> units;
  for (const auto& entry : std::filesystem::directory_iterator(MON_SYSTEMD_UNITS))
    if (entry.path().string().ends_with(ending)) units.push_back(entry.path().string());
  return units;
}

std::string ReadAll(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(SystemdUnitsTest, AreUnderstoodToTheLastKey) {
  std::vector<std::string> units = Units(".service");
  ASSERT_THAT(units, SizeIs(5));
  const auto timers = Units(".timer");
  units.insert(units.end(), timers.begin(), timers.end());
  std::vector<std::string> command = {"systemd-analyze", "verify", "--man=no"};
  command.insert(command.end(), units.begin(), units.end());
  const Finished verified = test::Run(command);
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  // What it does not understand it says, and goes on. Of units of the system it may complain, too.
  EXPECT_THAT(verified.out + verified.err, Not(HasSubstr("monitoring-")));
}

TEST(SystemdUnitsTest, LeaveLittleToAnAttacker) {
  for (const std::string& unit : Units(".service")) {
    const Finished judged =
        test::Run({"systemd-analyze", "security", "--no-pager", "--offline=true",
                   std::string("--threshold=") + kMostExposed, unit});
    EXPECT_EQ(judged.exit_code, 0) << judged.out << judged.err;
  }
}

TEST(SystemdUnitsTest, TheDaemonsAreWatchedAndStartedAgain) {
  for (const char* name : {"aggregator", "processor", "alerting"}) {
    const std::string text =
        ReadAll(std::string(MON_SYSTEMD_UNITS) + "/monitoring-" + name + ".service");
    EXPECT_THAT(text, AllOf(HasSubstr("\nType=notify"), HasSubstr("\nWatchdogSec="),
                            HasSubstr("\nRestart=on-failure\n"), HasSubstr(" --daemon ")))
        << name;
  }
}

}  // namespace
}  // namespace mon::test
