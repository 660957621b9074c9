#include "alerting_system/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace mon::alerting_system {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kOnset = 1'750'000'000;  // 15:06:40 UTC

Chart Incident() {
  Chart chart;
  chart.from = kOnset - 1'800;
  chart.to = kOnset + 60;
  chart.onset = kOnset;
  ChartPanel errors;
  errors.title = "error_rate";
  errors.limit = 0.5;
  errors.points = {{kOnset - 20, 0.01}, {kOnset - 10, 0.02}, {kOnset, 0.97}};
  ChartPanel load;
  load.title = "CPU load on web-1";
  load.units = "%";
  load.usual_low = 0.8;
  load.usual_high = 1.5;
  load.points = {{kOnset - 40, 12.4}};
  chart.panels = {errors, load};
  return chart;
}

TEST(ChartTest, ComesBackFromItsColumnAsItWas) {
  auto chart = Incident();
  EXPECT_EQ(ChartFromJson(ToJson(chart)).value(), chart);
  chart.ended = kOnset + 50;
  EXPECT_EQ(ChartFromJson(ToJson(chart)).value(), chart);
}

TEST(ChartTest, RefusesWhatIsNoChart) {
  for (const char* text : {"", "{", "[]", "{}", R"({"from":"x","to":1,"onset":1,"panels":[]})",
                           R"({"from":1,"to":2,"onset":1,"panels":[{"title":"a"}]})"}) {
    const auto chart = ChartFromJson(text);
    ASSERT_FALSE(chart) << text;
    EXPECT_EQ(chart.error().code, ErrorCode::kInvalidData);
  }
}

TEST(ChartTest, SaysInWordsWhatItShows) {
  EXPECT_EQ(AltText(Incident(), TimeZone::Utc()),
            "Chart from 14:36:40 to 15:07:40. error_rate: at most 0.02 before 15:06:40, 0.97 "
            "since; limit 0.5. CPU load on web-1: at most 12.4 % before 15:06:40.");
}

TEST(ThinTest, LeavesFewPointsAlone) {
  const std::vector<ChartPoint> points = {{1, 1}, {2, 2}};
  EXPECT_EQ(Thin(points, 0, 10), points);
}

TEST(ThinTest, KeepsEachPeakOfMany) {
  std::vector<ChartPoint> points;
  for (int i = 0; i < 100'000; ++i) points.push_back({i, i == 77'777 ? 9.0 : i == 5 ? -9.0 : 1.0});
  const auto thin = Thin(points, 0, 100'000);
  EXPECT_LE(thin.size(), kMaxPoints);
  EXPECT_GE(thin.size(), kMaxPoints / 4);
  EXPECT_THAT(thin, testing::Contains(ChartPoint{77'777, 9}));
  EXPECT_THAT(thin, testing::Contains(ChartPoint{5, -9}));
  EXPECT_TRUE(std::ranges::is_sorted(thin, {}, &ChartPoint::clock));
}

TEST(ThinTest, LeavesOutWhatIsOutsideOrNoNumber) {
  const auto inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Thin({{1, 1}, {5, inf}, {6, 2}, {20, 3}}, 2, 10), (std::vector<ChartPoint>{{6, 2}}));
}

}  // namespace
}  // namespace mon::alerting_system
