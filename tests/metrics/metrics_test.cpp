#include "metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "metrics/metrics_file.h"
#include "support/child_process.h"

namespace mon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(MetricsTest, AddsToCountersAndSetsGauges) {
  Metrics metrics;
  metrics.Add("rows_total", "Rows.", {{"kind", "a"}}, 1);
  metrics.Add("rows_total", "Rows.", {{"kind", "a"}}, 2);
  metrics.Add("rows_total", "Rows.", {{"kind", "b"}}, 4);
  metrics.Set("lag_seconds", "Lag.", {}, 5);
  metrics.Set("lag_seconds", "Lag.", {}, 1.5);
  EXPECT_THAT(
      metrics.Text(),
      AllOf(HasSubstr("# TYPE rows_total counter\n"), HasSubstr("rows_total{kind=\"a\"} 3\n"),
            HasSubstr("rows_total{kind=\"b\"} 4\n"), HasSubstr("# TYPE lag_seconds gauge\n"),
            HasSubstr("lag_seconds 1.5\n")));
}

TEST(MetricsTest, CountsFromManyThreads) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&metrics] {
        for (int i = 0; i < 1000; ++i) metrics.Add("n_total", "N.", {{"a", "b"}}, 1);
      });
    }
  }
  EXPECT_THAT(metrics.Text(), HasSubstr("n_total{a=\"b\"} 4000\n"));
}

TEST(MetricsTest, IsCleanForPromtool) {
  Metrics metrics;
  metrics.Add("monitoring_samples_total", "Samples stored.",
              {{"source", "a \"quoted\" \\ name\nof two lines"}}, 3);
  metrics.Set("monitoring_cycle_duration_seconds", "Duration of the last cycle.", {}, 0.25);
  const test::Finished checked = test::Run({"promtool", "check", "metrics"}, {}, metrics.Text());
  EXPECT_EQ(checked.exit_code, 0) << checked.err << metrics.Text();
  EXPECT_EQ(checked.out + checked.err, "");
}

TEST(MetricsTest, PromtoolWouldTellAMistake) {
  Metrics metrics;
  metrics.Add("monitoring_samples", "A counter of a wrong name.", {}, 3);
  EXPECT_EQ(test::Run({"promtool", "check", "metrics"}, {}, metrics.Text()).exit_code, 3);
}

TEST(MetricsTest, EscapesLabels) {
  Metrics metrics;
  metrics.Add("rows_total", "Rows.", {{"reason", "a \"b\"\\c\nd"}}, 1);
  EXPECT_THAT(metrics.Text(), HasSubstr("rows_total{reason=\"a \\\"b\\\"\\\\c\\nd\"} 1\n"));
}

TEST(MetricsTest, WhatIsForgottenIsNotTold) {
  Metrics metrics;
  metrics.Set("up", "Up.", {{"source", "a"}}, 1);
  metrics.Set("lag_seconds", "Lag.", {}, 5);
  metrics.Forget("up");
  EXPECT_EQ(metrics.Text(), "# HELP lag_seconds Lag.\n# TYPE lag_seconds gauge\nlag_seconds 5\n");
}

TEST(MetricsTest, CountersAndMomentsGoOnFromAnEarlierText) {
  Metrics earlier;
  const Metrics::Labels labels = {{"kind", "a b"}, {"reason", "\"c\",\\d\ne} 1"}};
  earlier.Add("rows_total", "Rows.", labels, 3);
  earlier.Add("old_total", "Old.", {}, 1);
  earlier.Set("lag_seconds", "Lag.", {}, 5);
  earlier.Set("last_success_timestamp_seconds", "When.", {}, 1750000000);
  Metrics metrics;
  metrics.Restore(earlier.Text());
  metrics.Add("rows_total", "Rows.", labels, 2);
  EXPECT_EQ(metrics.Text(),
            "# HELP last_success_timestamp_seconds When.\n"
            "# TYPE last_success_timestamp_seconds gauge\n"
            "last_success_timestamp_seconds 1750000000\n"
            "# HELP old_total Old.\n# TYPE old_total counter\nold_total 1\n"
            "# HELP rows_total Rows.\n# TYPE rows_total counter\n"
            "rows_total{kind=\"a b\",reason=\"\\\"c\\\",\\\\d\\ne} 1\"} 5\n");
}

TEST(MetricsTest, WhatIsNotUnderstoodIsLeftOut) {
  const std::string head = "# HELP rows_total R.\n# TYPE rows_total counter\nrows_total";
  for (const std::string& text :
       {std::string(), std::string("rows_total 1\n"), std::string("# HELP"),
        std::string("# HELP \n# TYPE \n 5"), std::string("\n\n\xff"), head, head + " x\n",
        head + "{", head + "{kind", head + "{kind=", head + "{kind=\"a", head + "{kind=\"a\\",
        head + "{kind=\"a\" 5", head + "{kind=\"a\",", head + "{kind=\"a\"}"}) {
    Metrics metrics;
    metrics.Restore(text);
    EXPECT_EQ(metrics.Text(), "") << text;
  }
}

class MetricsFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path File() const { return state_ / "metrics" / "processor.prom"; }
  [[nodiscard]] std::string Text() const {
    std::ifstream stream(File());
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void Run() const {
    UpdateMetricsFile(state_, "processor",
                      [](Metrics& metrics) { metrics.Add("runs_total", "Runs.", {}, 1); });
  }

  test::TemporaryDirectory directory_;
  std::filesystem::path state_ = directory_.Path() + "/state";
};

TEST_F(MetricsFileTest, CountsOverRuns) {
  Run();
  Run();
  EXPECT_THAT(Text(), HasSubstr("runs_total 2\n"));
}

TEST_F(MetricsFileTest, EveryoneMayRead) {
  const mode_t before = umask(077);
  Run();
  umask(before);
  struct stat status{};
  ASSERT_EQ(stat(File().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0644U);
  ASSERT_EQ(stat(File().parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0755U);
}

TEST_F(MetricsFileTest, NothingElseIsLeftBehind) {
  Run();
  const std::filesystem::directory_iterator files(File().parent_path());
  EXPECT_EQ(std::distance(files, {}), 1);
}

TEST_F(MetricsFileTest, ADiskThatDoesNotLetUsIsNoFailure) {
  std::filesystem::create_directories(state_);
  std::ofstream(state_ / "metrics") << "a file in the way";
  Run();
  std::filesystem::remove(state_ / "metrics");
  std::filesystem::create_directories(File());  // cannot be replaced
  Run();
  EXPECT_TRUE(std::filesystem::is_directory(File()));
}

}  // namespace
}  // namespace mon
