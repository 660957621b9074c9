#include "anomaly_detector/finding.h"

#include <gmock/gmock.h>

#include <string>

namespace mon::anomaly_detector {
namespace {

using testing::HasSubstr;

Finding HighErrorRate() {
  Finding finding;
  finding.rule = "high-error-rate";
  finding.application = "shop";
  finding.severity = Severity::kCritical;
  finding.timestamp = 1'750'000'000;
  finding.deciding = {.metric = "error_rate",
                      .op = ">",
                      .value = static_cast<double>(0.62F),
                      .limit = 0.5,
                      .host = "web-1"};
  finding.hosts = {"web-1", "web-2"};
  return finding;
}

TEST(SummaryTest, FillsEveryPlaceholder) {
  EXPECT_EQ(
      RenderSummary("{application}|{rule}|{severity}|{metric}|{op}|{value}|{limit}|{why}|{host}|"
                    "{hosts}|{time}",
                    HighErrorRate()),
      "shop|high-error-rate|critical|error_rate|>|0.62|0.5|0.62 > 0.5|web-1|web-1, web-2|"
      "2025-06-15 15:06:40 UTC");
}

TEST(SummaryTest, KeepsOtherTextAndDoubledBraces) {
  EXPECT_EQ(RenderSummary("", HighErrorRate()), "");
  EXPECT_EQ(RenderSummary("100 % of {{value}} = {value}", HighErrorRate()),
            "100 % of {value} = 0.62");
}

TEST(SummaryTest, TakesBracesInValuesLiterally) {
  Finding finding = HighErrorRate();
  finding.application = "{value}";
  EXPECT_EQ(RenderSummary("{application}", finding), "{value}");
}

TEST(SummaryTest, RefusesWhatIsNoPlaceholder) {
  EXPECT_THAT(
      CheckSummary("at {when}").error().message,
      HasSubstr("at column 4: unknown placeholder '{when}', known are {application} {rule}"));
  EXPECT_THAT(CheckSummary("{aplication}").error().message,
              HasSubstr("did you mean {application}?"));
  EXPECT_THAT(CheckSummary("{value").error().message,
              HasSubstr("at column 1: expected a placeholder"));
  EXPECT_THAT(CheckSummary("a } b").error().message,
              HasSubstr("at column 3: expected a placeholder"));
  EXPECT_EQ(CheckSummary("{}").error().code, ErrorCode::kConfig);
  EXPECT_TRUE(CheckSummary("{{}} {value}"));
}

TEST(WorseTest, FollowsTheDirectionOfTheComparison) {
  EXPECT_EQ(Worse(">", 1, 2), 2);
  EXPECT_EQ(Worse(">=", 2, 1), 2);
  EXPECT_EQ(Worse("<", 1, 2), 1);
  EXPECT_EQ(Worse("<=", 2, 1), 1);
  EXPECT_EQ(Worse("!=", 1, 2), 2);
  EXPECT_EQ(Worse("==", 2, 1), 1);
}

}  // namespace
}  // namespace mon::anomaly_detector
