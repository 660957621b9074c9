#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "anomaly_detector/stream_model.h"

namespace mon::anomaly_detector {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kMost = std::numeric_limits<double>::max();

Score Scored(const std::vector<double>& limits, const std::vector<double>& values) {
  Score score;
  MakeThresholdModel(limits)->Next(0, values, score);
  return score;
}
double ScoreOf(double limit, double value) { return Scored({limit}, {value}).score; }

TEST(ThresholdModelTest, IsAboveOneHalfExactlyWhereTheValueIsAboveTheLimit) {
  for (const double limit : {0.0, 0.5, -0.5, 1e-300, -1e-300, 1e300, 5e-324, kMost, -kMost, 1e17}) {
    EXPECT_EQ(ScoreOf(limit, limit), 0.5) << limit;
    const double up = std::nextafter(limit, std::numeric_limits<double>::infinity());
    const double down = std::nextafter(limit, -std::numeric_limits<double>::infinity());
    if (std::isfinite(up)) {
      EXPECT_GT(ScoreOf(limit, up), 0.5) << limit;
    }
    if (std::isfinite(down)) {
      EXPECT_LE(ScoreOf(limit, down), 0.5) << limit;
    }
  }
}

TEST(ThresholdModelTest, IsOfTheDocumentedShape) {
  EXPECT_DOUBLE_EQ(ScoreOf(10, 20), 0.75);
  EXPECT_DOUBLE_EQ(ScoreOf(10, 0), 0.25);
  EXPECT_DOUBLE_EQ(ScoreOf(-10, 0), 0.75);
  EXPECT_DOUBLE_EQ(ScoreOf(0, 1), 0.75);
  EXPECT_DOUBLE_EQ(ScoreOf(0.001, 0.002), ScoreOf(1000, 2000));
}

TEST(ThresholdModelTest, GrowsWithTheValueWithinNoughtAndOne) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> exponent(-320, 308);
  std::vector<double> values = {-kMost, -1, -0.0, 0.0, 1, kMost};
  for (int i = 0; i < 500; ++i) {
    const double value = std::pow(10, exponent(random));
    values.push_back(value);
    values.push_back(-value);
  }
  std::ranges::sort(values);
  for (const double limit : {0.0, 0.5, -3.0, kMost, -kMost, 5e-324}) {
    double before = 0;
    for (const double value : values) {
      const double score = ScoreOf(limit, value);
      ASSERT_GE(score, before) << value << " against " << limit;
      ASSERT_LE(score, 1) << value << " against " << limit;
      before = score;
    }
  }
}

TEST(ThresholdModelTest, AGapScoresNought) {
  const Score gap = Scored({0.5}, {kNan});
  EXPECT_EQ(gap.score, 0);
  EXPECT_THAT(gap.shares, ElementsAre(0));
  EXPECT_EQ(Scored({-5}, {kNan}).score, 0) << "even where nought would be above the limit";
}

TEST(ThresholdModelTest, TheWorstMetricMakesTheScore) {
  EXPECT_EQ(Scored({10, 10, 10}, {1, 20, kNan}).score, ScoreOf(10, 20));
  EXPECT_EQ(Scored({10, 1000}, {9, 900}).score, ScoreOf(10, 9));
}

TEST(ThresholdModelTest, MetricsAboveTheirLimitShareTheScore) {
  EXPECT_THAT(Scored({10, 10, 10}, {5, 20, kNan}).shares, ElementsAre(0, 1, 0));
  EXPECT_THAT(Scored({10, 10}, {20, 20}).shares, ElementsAre(0.5, 0.5));
  // 0.25 and 0.375 above one half.
  EXPECT_THAT(Scored({10, 10}, {20, 40}).shares, ElementsAre(DoubleEq(0.4), DoubleEq(0.6)));
}

TEST(ThresholdModelTest, SharesOfACalmLineFollowItsScores) {
  EXPECT_THAT(Scored({10, 10}, {10, 0}).shares, ElementsAre(DoubleEq(2.0 / 3), DoubleEq(1.0 / 3)));
  EXPECT_THAT(Scored({10, 10}, {kNan, kNan}).shares, ElementsAre(0, 0));
}

TEST(ThresholdModelTest, FillsTheSameScoreAnew) {
  const auto model = MakeThresholdModel({10, 10});
  Score score;
  model->Next(0, std::vector<double>{20, 5}, score);
  model->Next(1, std::vector<double>{5, 20}, score);
  EXPECT_THAT(score.shares, ElementsAre(0, 1));
}

}  // namespace
}  // namespace mon::anomaly_detector
