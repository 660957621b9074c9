#include "anomaly_detector/span.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace mon::anomaly_detector {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsNan;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> Over(Function function, std::int64_t span, const std::vector<Point>& points,
                         const std::vector<std::int64_t>& at) {
  std::vector<double> out(at.size());
  OverSpan(function, std::chrono::seconds(span), points, at, out);
  return out;
}

const std::vector<Point> kPoints{{100, 1}, {110, 4}, {120, 2}, {130, 8}};

TEST(OverSpanTest, BothEndsBelongToTheSpan) {
  EXPECT_THAT(Over(Function::kMaximum, 10, kPoints, {110, 119, 120, 140, 141}),
              ElementsAre(4, 4, 4, 8, IsNan()));
  EXPECT_THAT(Over(Function::kMinimum, 20, kPoints, {120, 130, 131}), ElementsAre(1, 2, 2));
}

TEST(OverSpanTest, MeansAreOfAllValues) {
  EXPECT_THAT(Over(Function::kAverage, 20, kPoints, {99, 100, 110, 120, 130}),
              ElementsAre(IsNan(), 1, 2.5, DoubleEq(7.0 / 3), DoubleEq(14.0 / 3)));
}

TEST(OverSpanTest, ChangeNeedsTwoValues) {
  EXPECT_THAT(Over(Function::kDelta, 20, kPoints, {100, 110, 120, 150}),
              ElementsAre(IsNan(), 3, 1, IsNan()));
  EXPECT_THAT(Over(Function::kRate, 20, kPoints, {100, 110, 130}),
              ElementsAre(IsNan(), DoubleEq(0.3), DoubleEq(0.2)));
  EXPECT_THAT(Over(Function::kRate, 20, {{100, 1}, {100, 5}}, {100}), ElementsAre(IsNan()))
      << "two values of one second";
}

TEST(OverSpanTest, AgeIsThatOfTheNewestValueBefore) {
  EXPECT_THAT(Over(Function::kAge, 0, kPoints, {99, 100, 109, 1000}),
              ElementsAre(IsNan(), 0, 9, 870));
}

TEST(OverSpanTest, GapsArePassedOver) {
  const std::vector<Point> points{{100, 1}, {110, kNan}, {120, 5}};
  EXPECT_THAT(Over(Function::kAverage, 20, points, {110, 120}), ElementsAre(1, 3));
}

TEST(OverSpanTest, MeanOfEqualValuesIsThatValue) {
  std::vector<Point> points;
  for (int i = 0; i < 30; ++i) points.push_back({i, 0.1});
  EXPECT_THAT(Over(Function::kAverage, 300, points, {29}), ElementsAre(0.1));
}

TEST(OverSpanTest, AValueThatHasLeftLeavesNothingBehind) {
  const std::vector<Point> points{{100, 1e300}, {110, 1}, {120, 2}, {130, 3}};
  EXPECT_THAT(Over(Function::kAverage, 10, points, {100, 110, 120, 130}),
              ElementsAre(1e300, 5e299, 1.5, 2.5));
}

TEST(OverSpanTest, AgreesWithTheDefinitionOnRandomSeries) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Point> points;
    std::vector<std::int64_t> at;
    std::int64_t time = 0;
    for (int i = 0; i < 60; ++i) {
      time += random() % 7;
      points.push_back({time, static_cast<double>(random() % 100)});
      if (random() % 2 == 0) at.push_back(time + static_cast<std::int64_t>(random() % 9));
    }
    std::ranges::sort(at);
    const auto span = static_cast<std::int64_t>(random() % 40);
    const auto means = Over(Function::kAverage, span, points, at);
    const auto most = Over(Function::kMaximum, span, points, at);
    for (std::size_t i = 0; i < at.size(); ++i) {
      double sum = 0;
      double count = 0;
      double highest = 0;
      for (const Point& point : points) {
        if (point.time < at[i] - span || point.time > at[i]) continue;
        sum += point.value;
        ++count;
        highest = std::max(highest, point.value);
      }
      if (count == 0) {
        EXPECT_THAT(means[i], IsNan());
      } else {
        EXPECT_NEAR(means[i], sum / count, 1e-9);
        EXPECT_EQ(most[i], highest);
      }
    }
  }
}

}  // namespace
}  // namespace mon::anomaly_detector
