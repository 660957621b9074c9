// The same metrics from runs that do not stay, as files.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "daemons/daemons_fixture.h"

namespace mon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class CronMetricsTest : public DaemonsTest {
 protected:
  [[nodiscard]] std::string File() const {
    return Path("state/metrics/" + GetParam().command[0] + ".prom");
  }
  [[nodiscard]] std::string Text() const {
    std::ifstream stream(File());
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// The sum of a counter over its labels.
  [[nodiscard]] double Sum(const std::string& name) const {
    std::ifstream stream(File());
    double sum = 0;
    for (std::string line; std::getline(stream, line);)
      if (line.starts_with(name)) sum += std::stod(line.substr(line.rfind(' ')));
    return sum;
  }
  /// A counter that moves with each run.
  [[nodiscard]] std::string Counter() const {
    return GetParam().section + (GetParam().section == "processor" ? "_passes" : "_cycles");
  }
};

TEST_P(CronMetricsTest, AreCleanAndCountOverRuns) {
  for (int run = 1; run <= 2; ++run) {
    const Finished finished = RunOnce(GetParam());
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out + finished.err, "");
    EXPECT_EQ(Sum(Counter()), run) << Text();
  }
  const Finished checked = CheckMetrics(Text());
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err << Text();
}

TEST_P(CronMetricsTest, TellOfRunsThatFailed) {
  ASSERT_EQ(RunOnce(GetParam()).exit_code, 0);
  EXPECT_EQ(RunOnce(GetParam(), {{"MYSQL_PORT", "1"}, {"MYSQL_HOST", "127.0.0.1"}}).exit_code, 69);
  EXPECT_THAT(Text(), AllOf(HasSubstr("=\"failed\"} 1\n"),
                            HasSubstr(GetParam().section + "_last_success_timestamp_seconds 1")));
}

TEST_P(CronMetricsTest, AStateDirectoryThatCannotBeWrittenIsNoFailure) {
  std::filesystem::create_directories(Path("state"));
  std::ofstream(Path("state/metrics")) << "in the way";
  const Finished finished = RunOnce(GetParam());
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out + finished.err, "");
}

TEST_P(CronMetricsTest, ADryRunLeavesNone) {
  DaemonKind kind = GetParam();
  kind.command.push_back("--dry-run");
  EXPECT_EQ(RunOnce(kind).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(File()));
}

INSTANTIATE_TEST_SUITE_P(All, CronMetricsTest, testing::ValuesIn(AllDaemons()));

}  // namespace
}  // namespace mon::test
