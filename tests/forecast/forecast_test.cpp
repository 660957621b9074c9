#include "forecast/forecast.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "forecast/series.h"

namespace mon::forecast {
namespace {

using test::Noise;
using test::ShopHour;
using test::ShopHours;
using testing::Each;
using testing::SizeIs;

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

Forecast Next(const std::vector<double>& values, std::size_t season = 1, std::size_t horizon = 5) {
  return ForecastSeries(values, season, horizon).value();
}

double LargestError(const Forecast& forecast, std::size_t from) {
  double largest = 0;
  for (std::size_t i = 0; i < forecast.expected.size(); ++i) {
    largest = std::max(largest, std::abs(forecast.expected[i] - ShopHour(from + i)));
  }
  return largest;
}

TEST(ForecastTest, KnowsDayAndWeek) {
  // The 700 hours end on a Friday: the 48 to come hold the change to the weekend.
  const Forecast forecast = Next(ShopHours(700, 3), 24, 48);
  EXPECT_LT(LargestError(forecast, 700), 8);
}

TEST(ForecastTest, TheIntervalHoldsWhatComes) {
  std::size_t inside = 0;
  for (std::size_t count = 650; count < 700; ++count) {
    const std::vector<double> all = ShopHours(count + 48, 20);
    const Forecast forecast = Next({all.begin(), all.begin() + std::ptrdiff_t(count)}, 24, 48);
    for (std::size_t i = 0; i < 48; ++i) {
      const double truth = all[count + i];
      inside += forecast.low[i] <= truth && truth <= forecast.high[i] ? 1 : 0;
    }
  }
  EXPECT_GT(inside, 50 * 48 * 93 / 100);
}

TEST(ForecastTest, NoiseMakesTheIntervalWide) {
  const Forecast calm = Next(ShopHours(700, 1), 24, 48);
  const Forecast wild = Next(ShopHours(700, 30), 24, 48);
  EXPECT_GT(wild.high[10] - wild.low[10], 5 * (calm.high[10] - calm.low[10]));
}

TEST(ForecastTest, ExpectedLiesWithinTheInterval) {
  const Forecast forecast = Next(ShopHours(400, 30), 24, 100);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_LE(forecast.low[i], forecast.expected[i]);
    EXPECT_LE(forecast.expected[i], forecast.high[i]);
  }
}

TEST(ForecastTest, AConstantSeriesGoesOnWithoutDoubt) {
  for (const double value : {0.0, 7.5, -3.0}) {
    const Forecast forecast = Next(std::vector<double>(200, value), 24, 30);
    EXPECT_THAT(forecast.expected, Each(testing::DoubleNear(value, 1e-9)));
    EXPECT_THAT(forecast.low, Each(testing::DoubleNear(value, 1e-6)));
    EXPECT_THAT(forecast.high, Each(testing::DoubleNear(value, 1e-6)));
  }
}

TEST(ForecastTest, TheLastOfFewValuesGoesOn) {
  const Forecast one = Next({4}, 24, 3);
  EXPECT_THAT(one.expected, testing::ElementsAre(4, 4, 4));
  EXPECT_EQ(one.low, one.high);
  const Forecast some = Next({4, 6, 5, 6}, 24, 3);
  EXPECT_THAT(some.expected, testing::ElementsAre(6, 6, 6));
  EXPECT_LT(some.low[2], some.low[0]) << "the farther the less certain";
}

TEST(ForecastTest, EveryLengthAndSeasonWorks) {
  for (std::size_t count = 1; count < 120; ++count) {
    for (const std::size_t season : {1, 2, 7, 24, 1000}) {
      const Forecast forecast = Next(ShopHours(count, 9), season, 30);
      EXPECT_THAT(forecast.expected, SizeIs(30));
      for (const double value : forecast.expected) {
        EXPECT_TRUE(std::isfinite(value)) << count << " values, season " << season;
      }
    }
  }
}

TEST(ForecastTest, WhatWasNeverNegativeStaysSo) {
  std::vector<double> values = ShopHours(400, 40);
  for (double& value : values) value = std::max(value - 150, 0.0);
  const Forecast forecast = Next(values, 24, 48);
  EXPECT_THAT(forecast.expected, Each(testing::Ge(0)));
  EXPECT_THAT(forecast.low, Each(testing::Ge(0)));
}

TEST(ForecastTest, NegativeValuesAreForecastToo) {
  std::vector<double> values = ShopHours(700, 3);
  for (double& value : values) value -= 300;
  const Forecast forecast = Next(values, 24, 48);
  EXPECT_NEAR(forecast.expected[30], ShopHour(730) - 300, 10);
}

TEST(ForecastTest, DoesNotDependOnTheUnit) {
  std::vector<double> values = ShopHours(400, 9);
  const Forecast plain = Next(values, 24, 48);
  for (double& value : values) value *= 1e300;
  const Forecast huge = Next(values, 24, 48);
  EXPECT_NEAR(huge.expected[7] / 1e300, plain.expected[7], 1e-6);
}

TEST(ForecastTest, FillsGaps) {
  std::vector<double> values = ShopHours(700, 3);
  values.front() = values[300] = values[301] = values.back() = kGap;
  EXPECT_LT(LargestError(Next(values, 24, 48), 700), 10);
}

TEST(ForecastTest, RefusesWhatHasNoValue) {
  EXPECT_EQ(ForecastSeries({}, 24, 5).error().message, "no value to forecast from");
  EXPECT_EQ(ForecastSeries(std::vector{kGap, kGap}, 24, 5).error().code, ErrorCode::kInvalidData);
}

TEST(ForecastTest, GrowsLessCertainFarAhead) {
  const Forecast forecast = Next(ShopHours(700, 9), 24, 2000);
  EXPECT_GT(forecast.high[1999] - forecast.low[1999], 3 * (forecast.high[40] - forecast.low[40]));
}

TEST(ForecastTest, AnOutlierIsForgotten) {
  std::vector<double> values = ShopHours(700, 3);
  values[600] = 2000;
  EXPECT_LT(LargestError(Next(values, 24, 48), 700), 25);
}

}  // namespace
}  // namespace mon::forecast
