#include "forecast/time_to_limit.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "forecast/series.h"

namespace mon::forecast {
namespace {

using test::Noise;
using test::Wave;
using testing::AllOf;
using testing::Ge;
using testing::Le;
using testing::Optional;

constexpr std::size_t kDay = 288;

/// A value every 5 minutes, of the time in days.
std::vector<double> Disk(const std::function<double(double)>& level, std::size_t days = 14,
                         double noise = 0.2) {
  Noise next;
  std::vector<double> values(days * kDay);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = level(static_cast<double>(i) / kDay) + noise * next();
  }
  return values;
}

TimeToLimit Full(const std::vector<double>& values, double limit = 100) {
  return ForecastTimeToLimit(values, limit).value();
}

/// The steps from the end of 14 days until `level` is first at `limit`, give or take a twentieth.
auto AboutWhen(const std::function<double(double)>& level, double limit = 100) {
  std::size_t step = 0;
  while (level(14 + static_cast<double>(step) / kDay) < limit) ++step;
  const auto steps = static_cast<double>(step);
  return Optional(AllOf(Ge(0.95 * steps), Le(1.05 * steps)));
}

TEST(TimeToLimitTest, FollowsASteadyGrowth) {
  const auto level = [](double day) { return 30 + 3 * day; };
  const TimeToLimit full = Full(Disk(level));
  EXPECT_THAT(full.expected, AboutWhen(level));
  EXPECT_THAT(full.earliest, Optional(Le(*full.expected)));
  EXPECT_THAT(full.latest, Optional(Ge(*full.expected)));
}

TEST(TimeToLimitTest, SeesTheRhythms) {
  const auto level = [](double day) { return 30 + 3 * day + 4 * Wave(day) + 2 * Wave(day / 7); };
  EXPECT_THAT(Full(Disk(level)).expected, AboutWhen(level));
}

TEST(TimeToLimitTest, FollowsAGrowthThatAccelerates) {
  const auto level = [](double day) { return 30 + day + 0.07 * day * day; };
  EXPECT_THAT(Full(Disk(level)).expected, AboutWhen(level));
}

TEST(TimeToLimitTest, FollowsAGrowthThatHasChanged) {
  const auto level = [](double day) { return 20 + 0.5 * day + (day > 11 ? 4 * (day - 11) : 0); };
  EXPECT_THAT(Full(Disk(level)).expected, AboutWhen(level));
}

TEST(TimeToLimitTest, CountsOnCleanupsToComeAgain) {
  // 5 a day more, of which 4 go every 30 hours.
  const auto level = [](double day) { return 60 + 5 * day - 4 * std::floor(day / 1.25); };
  EXPECT_THAT(Full(Disk(level)).expected, AboutWhen(level));
}

TEST(TimeToLimitTest, DoesNotCountOnASingleCleanup) {
  const auto level = [](double day) { return 40 + 3 * day - (day > 7 ? 15 : 0); };
  EXPECT_THAT(Full(Disk(level)).expected, AboutWhen(level));
}

TEST(TimeToLimitTest, IsNeverFullWithoutGrowth) {
  for (const double slope : {0.0, -1.0}) {
    const TimeToLimit full = Full(Disk([&](double day) { return 60 + slope * day + Wave(day); }));
    EXPECT_EQ(full.earliest, std::nullopt) << slope;
    EXPECT_EQ(full.expected, std::nullopt) << slope;
    EXPECT_EQ(full.latest, std::nullopt) << slope;
  }
}

TEST(TimeToLimitTest, IsNeverFullBeyondTheHorizon) {
  EXPECT_EQ(Full(Disk([](double day) { return 20 + day; })).expected, std::nullopt);
}

TEST(TimeToLimitTest, MayBeFullEarlierThanExpected) {
  // 31 days: expected just beyond the horizon, and no rate is that certain.
  const TimeToLimit full = Full(Disk([](double day) { return 24 + 1.69 * day; }));
  EXPECT_EQ(full.expected, std::nullopt);
  EXPECT_TRUE(full.earliest.has_value());
  EXPECT_EQ(full.latest, std::nullopt);
}

TEST(TimeToLimitTest, IsFullAtTheLimit) {
  const TimeToLimit full = Full({50, 100});
  EXPECT_EQ(full.expected, 0);
  EXPECT_EQ(full.earliest, 0);
  EXPECT_EQ(full.latest, 0);
}

TEST(TimeToLimitTest, NoiseMakesItLessCertain) {
  const auto level = [](double day) { return 30 + 3 * day; };
  const TimeToLimit calm = Full(Disk(level, 14, 0.2));
  const TimeToLimit wild = Full(Disk(level, 14, 10));
  ASSERT_TRUE(calm.latest && wild.latest);
  EXPECT_GT(*wild.latest - *wild.earliest, 2 * (*calm.latest - *calm.earliest));
}

TEST(TimeToLimitTest, ForeseesNothingFromLessThanThreeHours) {
  EXPECT_EQ(Full({1, 2, 3, 4, 5}, 7).expected, std::nullopt);
}

TEST(TimeToLimitTest, TakesOtherSpacings) {
  std::vector<double> hours(14 * 24);
  for (std::size_t i = 0; i < hours.size(); ++i) hours[i] = 100 + static_cast<double>(i);
  const auto full =
      ForecastTimeToLimit(hours, 499.5, {.steps_per_day = 24, .horizon_days = 10}).value();
  EXPECT_EQ(full.expected, 500 - hours.back());
  std::vector<double> days(20);
  for (std::size_t i = 0; i < days.size(); ++i) days[i] = static_cast<double>(i);
  EXPECT_EQ(ForecastTimeToLimit(days, 24.5, {.steps_per_day = 1}).value().expected, 6);
}

TEST(TimeToLimitTest, DoesNotDependOnTheUnit) {
  std::vector<double> values = Disk([](double day) { return 30 + 3 * day + Wave(day); });
  const TimeToLimit percent = Full(values);
  for (double& value : values) value *= 1e300;
  EXPECT_EQ(Full(values, 1e302).expected, percent.expected);
}

TEST(TimeToLimitTest, FillsGaps) {
  const auto level = [](double day) { return 30 + 3 * day; };
  std::vector<double> values = Disk(level);
  for (std::size_t i = 1000; i < 1100; ++i) values[i] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Full(values).expected, AboutWhen(level));
}

TEST(TimeToLimitTest, RefusesWhatHasNoValue) {
  EXPECT_EQ(ForecastTimeToLimit({}, 5).error().message, "no value to forecast from");
}

}  // namespace
}  // namespace mon::forecast
