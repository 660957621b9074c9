#include "chart/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "axis.h"

/// Read by the leak sanitizer: fontconfig keeps its fonts until the end, by offsets in place of
/// pointers.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig.so\n"; }

namespace mon::chart {
namespace {

using alerting_system::Chart;
using alerting_system::ChartPanel;
using alerting_system::TimeZone;

constexpr std::int64_t kOnset = 1'750'000'000;  // 15:06:40 UTC

Chart OnePanel() {
  Chart chart{kOnset - 1'800, kOnset + 60, kOnset, std::nullopt, {}};
  ChartPanel panel;
  panel.title = "error_rate";
  panel.limit = 0.5;
  for (std::int64_t at = chart.from; at <= chart.to; at += 10) {
    panel.points.push_back({at, at < kOnset ? 0.01 : 0.97});
  }
  chart.panels.push_back(panel);
  return chart;
}

/// Width and height, as the PNG's first chunk has them.
std::pair<int, int> SizeOf(const std::string& png) {
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = value * 256 + static_cast<unsigned char>(png.at(i));
    return value;
  };
  return {number(16), number(20)};
}

TEST(RenderTest, IsAPngOfTwoPixelsForEachOfTheMail) {
  const auto png = RenderPng(OnePanel(), TimeZone::Utc());
  ASSERT_TRUE(png);
  EXPECT_TRUE(png->starts_with("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(SizeOf(*png).first, 2 * kWidth);
  EXPECT_LT(png->size(), 100'000U);
}

TEST(RenderTest, GrowsByPanels) {
  auto chart = OnePanel();
  const auto one = SizeOf(RenderPng(chart, TimeZone::Utc()).value()).second;
  chart.panels.push_back(chart.panels[0]);
  const auto two = SizeOf(RenderPng(chart, TimeZone::Utc()).value()).second;
  chart.panels.push_back(chart.panels[0]);
  const auto three = SizeOf(RenderPng(chart, TimeZone::Utc()).value()).second;
  EXPECT_EQ(three - two, two - one);
}

TEST(RenderTest, IsTheSameForTheSameChart) {
  EXPECT_EQ(RenderPng(OnePanel(), TimeZone::Utc()).value(),
            RenderPng(OnePanel(), TimeZone::Utc()).value());
}

TEST(RenderTest, TakesPanelsWithoutValuesWithOneAndWithEqualOnes) {
  auto chart = OnePanel();
  chart.panels[0].points.clear();
  EXPECT_TRUE(RenderPng(chart, TimeZone::Utc()));
  chart.panels[0].points = {{kOnset, 7}};
  EXPECT_TRUE(RenderPng(chart, TimeZone::Utc()));
  chart.panels[0].points = {{kOnset - 10, 7}, {kOnset, 7}};
  chart.panels[0].title = std::string(500, 'x') + "\xC3\xBC";
  EXPECT_TRUE(RenderPng(chart, TimeZone::Utc()));
}

TEST(RenderTest, RefusesWhatCannotBeDrawn) {
  Chart chart = OnePanel();
  chart.panels.clear();
  EXPECT_EQ(RenderPng(chart, TimeZone::Utc()).error().code, ErrorCode::kInvalidData);
  chart = OnePanel();
  chart.panels.resize(alerting_system::kMaxPanels + 1);
  EXPECT_FALSE(RenderPng(chart, TimeZone::Utc()));
  chart = OnePanel();
  chart.to = chart.from;
  EXPECT_FALSE(RenderPng(chart, TimeZone::Utc()));
}

ChartPanel PanelOf(std::vector<double> values) {
  ChartPanel panel;
  for (const double value : values) panel.points.push_back({kOnset, value});
  return panel;
}

TEST(RangeTest, GoesFromZeroToARoundNumberAboveAll) {
  const auto range = RangeOf(PanelOf({0.01, 0.97}));
  EXPECT_EQ(range.low, 0);
  EXPECT_EQ(range.high, 1);
}

TEST(RangeTest, HasTheLimitInIt) {
  auto panel = PanelOf({0.01, 0.02});
  panel.limit = 0.5;
  EXPECT_GE(RangeOf(panel).high, 0.5);
}

TEST(RangeTest, LeavesOutAZeroThatIsFar) {
  const auto range = RangeOf(PanelOf({98, 100}));
  EXPECT_GE(range.low, 95);
  EXPECT_GE(range.high, 100);
}

TEST(RangeTest, OfBytesIsRoundAsTheyArePrinted) {
  auto panel = PanelOf({1e9, 3.2e9});
  panel.units = "B";
  EXPECT_EQ(RangeOf(panel).high, 3.0 * 1024 * 1024 * 1024);
}

TEST(RangeTest, IsNeverEmpty) {
  for (const auto& values : std::vector<std::vector<double>>{
           {}, {0}, {7}, {-7}, {1e300}, {-1e308, 1e308}, {1e-310}, {5e-324, 1e-323}}) {
    const auto range = RangeOf(PanelOf(values));
    EXPECT_LT(range.low, range.high) << testing::PrintToString(values);
  }
}

TEST(TimeTicksTest, AreRoundOnTheWall) {
  // Kathmandu is five hours and three quarters ahead.
  const auto zone = TimeZone::Load("Asia/Kathmandu").value();
  for (const auto tick : TimeTicks(kOnset - 1'800, kOnset + 60, zone)) {
    EXPECT_EQ((tick + zone.OffsetAt(tick)) % 600, 0);
  }
}

class TimeTicksOfSpanTest : public testing::TestWithParam<std::int64_t> {};

TEST_P(TimeTicksOfSpanTest, AreAFew) {
  const auto ticks = TimeTicks(kOnset, kOnset + GetParam(), TimeZone::Utc());
  EXPECT_GE(ticks.size(), 1U);
  EXPECT_LE(ticks.size(), 6U);
  for (const auto tick : ticks) {
    EXPECT_GE(tick, kOnset);
    EXPECT_LE(tick, kOnset + GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Spans, TimeTicksOfSpanTest,
                         testing::Values(20, 61, 600, 1'860, 7'200, 86'400, 7 * 86'400,
                                         400 * 86'400));

}  // namespace
}  // namespace mon::chart
