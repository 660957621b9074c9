#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "detector/alert_machine.h"
#include "detector/block_maxima.h"
#include "detector/calibrator.h"
#include "detector/clock.h"
#include "detector/level.h"
#include "detector/scorers.h"
#include "detector/season.h"

namespace mon::detector {
namespace {

using testing::DoubleNear;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kDay = 86'400;

// The clock

TEST(ClockTest, LearnsTheUsualSpacing) {
  Clock clock;
  EXPECT_EQ(clock.Next(0, 1).spacing, 60) << "a guess, before there is any";
  Tick tick;
  for (std::int64_t i = 1; i < 100; ++i) tick = clock.Next(10 * i, 1);
  EXPECT_EQ(tick.seconds, 10);
  EXPECT_THAT(tick.spacing, DoubleNear(10, 0.01));
}

TEST(ClockTest, TellsAHoleFromALateRow) {
  Clock clock;
  for (std::int64_t i = 0; i < 100; ++i) (void)clock.Next(10 * i, 1);
  EXPECT_FALSE(clock.Next(990 + 30, 1).after_hole);
  const Tick tick = clock.Next(1020 + 500, 1);
  EXPECT_TRUE(tick.after_hole);
  EXPECT_EQ(tick.seconds, 500);
  EXPECT_LT(tick.spacing, 15) << "a hole is not the new spacing";
}

TEST(ClockTest, ATimeThatIsNotLaterIsTheSameMoment) {
  Clock clock;
  (void)clock.Next(1000, 1);
  EXPECT_EQ(clock.Next(900, 2).seconds, 0);
  EXPECT_EQ(clock.Next(1000, 2).seconds, 0);
  EXPECT_EQ(clock.Next(1010, 2).seconds, 10);
}

TEST(ClockTest, BoundsTimesAndValues) {
  Clock clock;
  (void)clock.Next(std::numeric_limits<std::int64_t>::min(), 1);
  const Tick tick = clock.Next(std::numeric_limits<std::int64_t>::max(), -1e308);
  EXPECT_EQ(tick.time, 1'000'000'000'000'000);
  EXPECT_EQ(tick.seconds, 2e15);
  EXPECT_EQ(tick.value, -1e150);
}

TEST(ClockTest, WhatIsNoNumberIsAGap) {
  Clock clock;
  for (const double value : {kNan, kInfinity, -kInfinity}) {
    EXPECT_TRUE(std::isnan(clock.Next(0, value).value)) << value;
  }
}

/// A clock that has seen 60 values, each larger by 100 every 10 seconds: it knows a counter.
Clock ClockOfACounter() {
  Clock clock;
  for (int i = 0; i < 60; ++i) (void)clock.Next(10 * i, 100 * i);
  return clock;
}

TEST(ClockTest, ACounterIsJudgedByItsRate) {
  Clock clock;
  int restarts = 0;
  for (int i = 0; i < 60; ++i) restarts += clock.Next(10 * i, 100 * i).restart ? 1 : 0;
  EXPECT_EQ(restarts, 1) << "what was learnt of the values is not of the rate";
  EXPECT_TRUE(clock.IsCounter());
  EXPECT_EQ(clock.Next(600, 6000).value, 10);
  EXPECT_EQ(clock.Next(620, 6100).value, 5);
}

TEST(ClockTest, ACounterThatBeginsAnewIsAGap) {
  Clock clock = ClockOfACounter();
  EXPECT_TRUE(std::isnan(clock.Next(600, 3).value));
  EXPECT_EQ(clock.Next(610, 103).value, 10);
  EXPECT_TRUE(clock.IsCounter());
}

TEST(ClockTest, ManyFallsSayThatItWasNoCounter) {
  Clock clock = ClockOfACounter();
  (void)clock.Next(600, 3);
  (void)clock.Next(610, 2);
  const Tick tick = clock.Next(620, 1);
  EXPECT_TRUE(tick.restart);
  EXPECT_EQ(tick.value, 1);
  EXPECT_FALSE(clock.IsCounter());
}

TEST(ClockTest, AValueThatHardlyEverRisesIsNoCounter) {
  Clock clock;
  for (int i = 0; i < 200; ++i) (void)clock.Next(10 * i, i / 50);
  EXPECT_FALSE(clock.IsCounter());
}

// Levels

constexpr Level::Pace kPace{.center = 0.02, .spread = 0.02, .clip = 3};

/// A level of 200 values, 9 and 11 by turns.
Level LevelOfTen() {
  Level level;
  for (int i = 0; i < 200; ++i) level.Add(i % 2 == 0 ? 9 : 11, 0.01, kPace);
  return level;
}

TEST(LevelTest, LearnsCentreAndUsualDistance) {
  const Level level = LevelOfTen();
  EXPECT_THAT(level.Center(), DoubleNear(10, 0.1));
  EXPECT_THAT(level.Spread(), DoubleNear(1, 0.1));
  EXPECT_THAT(level.Distance(15, 0), DoubleNear(5, 0.5));
}

TEST(LevelTest, OneAnomalyHardlyMovesIt) {
  Level level = LevelOfTen();
  level.Add(1e9, 0.01, kPace);
  EXPECT_THAT(level.Center(), DoubleNear(10, 0.2));
  EXPECT_LT(level.Spread(), 1.2);
}

TEST(LevelTest, WhatLastsIsAccepted) {
  Level level = LevelOfTen();
  for (int i = 0; i < 500; ++i) level.Add(i % 2 == 0 ? 999 : 1001, 0.01, kPace);
  EXPECT_THAT(level.Center(), DoubleNear(1000, 20));
}

TEST(LongRunTest, ItsFloorIsRelativeToTheUsualSize) {
  LongRun zero;
  for (int i = 0; i < 100; ++i) zero.Add(0);
  EXPECT_EQ(zero.Deviation(), 0);
  EXPECT_GT(zero.Floor(), 0) << "something to divide by";
  LongRun large;
  for (int i = 0; i < 100; ++i) large.Add(1e6);
  EXPECT_THAT(large.Floor(), DoubleNear(100, 1e-6));
}

// The highest of late

TEST(BlockMaximaTest, RemembersTheHighestForAWhile) {
  BlockMaxima maxima;
  maxima.Add(100, 16, 0);
  for (int i = 0; i < 300; ++i) maxima.Add(1, 16, 0);
  EXPECT_EQ(maxima.Highest(), 100);
  for (int i = 0; i < 300; ++i) maxima.Add(1, 16, 0);
  EXPECT_EQ(maxima.Highest(), 1);
}

TEST(BlockMaximaTest, LongerBlocksRememberLonger) {
  BlockMaxima maxima;
  maxima.Add(100, 1000, 0);
  for (int i = 0; i < 15'000; ++i) maxima.Add(1, 1000, 0);
  EXPECT_EQ(maxima.Highest(), 100);
}

TEST(BlockMaximaTest, RanksWhatManyBlocksExceed) {
  BlockMaxima maxima;
  for (int i = 0; i < 512; ++i) maxima.Add(i / 16, 16, 0.25);  // 0 to 31
  EXPECT_EQ(maxima.Ranked(), 23);
  EXPECT_EQ(maxima.Highest(), 31);
}

TEST(RecentRangeTest, MeasuresHowFarOutsideInWidths) {
  RecentRange range;
  EXPECT_EQ(range.Excess(5, 1), 0) << "nothing is outside of nothing";
  for (const double value : {10.0, 20.0}) range.Add(value, 512);
  EXPECT_EQ(range.Excess(15, 1), 0);
  EXPECT_EQ(range.Excess(20, 1), 0);
  EXPECT_EQ(range.Excess(25, 1), 0.5);
  EXPECT_EQ(range.Excess(0, 1), 1);
  EXPECT_EQ(range.Excess(25, 100), 0.05) << "the floor is the least width";
}

// Seasons

/// What it says of the last of `days` days of hourly values.
template <typename Season, typename Value>
SeasonReading After(std::int64_t days, Value value) {
  Season season;
  SeasonReading reading;
  for (std::int64_t hour = 0; hour < 24 * days; ++hour) {
    reading = season.Next(hour * 3600, value(hour), 3600, 10, 0.01);
  }
  return reading;
}

TEST(SeasonTest, TakesChargeWhereTheTimeOfDaySaysMore) {
  const auto office_hours = [](std::int64_t hour) { return hour % 24 >= 12 ? 30.0 : 10.0; };
  EXPECT_FALSE(After<DailySeason>(2, office_hours).in_charge) << "two days are no habit";
  const SeasonReading reading = After<DailySeason>(8, office_hours);
  EXPECT_TRUE(reading.in_charge);
  EXPECT_THAT(reading.center, DoubleNear(30, 0.1));
}

TEST(SeasonTest, StaysOutWhereTheTimeOfDaySaysNothing) {
  std::mt19937 random(1);
  EXPECT_FALSE(After<DailySeason>(30, [&](std::int64_t) {
                 return static_cast<double>(random() % 100);
               }).in_charge);
}

TEST(SeasonTest, TheDaysOfAWeekDiffer) {
  const auto working_days = [](std::int64_t hour) { return hour / 24 % 7 < 5 ? 30.0 : 10.0; };
  EXPECT_FALSE(After<DailySeason>(60, working_days).in_charge);
  EXPECT_FALSE(After<WeeklySeason>(14, working_days).in_charge);
  const SeasonReading reading = After<WeeklySeason>(61, working_days);  // ends with a day of work
  EXPECT_TRUE(reading.in_charge);
  EXPECT_THAT(reading.center, DoubleNear(30, 0.1));
}

TEST(SeasonTest, APatternThatComesALittleEarlierIsNoSurprise) {
  DailySeason season;
  const auto value = [](std::int64_t half_hour) { return half_hour % 48 >= 24 ? 30.0 : 10.0; };
  for (std::int64_t i = 0; i < 48 * 10; ++i) {
    (void)season.Next(i * 1800, value(i), 1800, 10, 0.01);
  }
  const std::int64_t midnight = 480 * std::int64_t{1800};
  DailySeason copy = season;
  EXPECT_LT(season.Next(midnight + 23 * 1800, 30, 1800, 10, 0.01).surprise, 1);
  EXPECT_GT(copy.Next(midnight + 18 * 1800, 30, 1800, 10, 0.01).surprise, 20);
}

TEST(SeasonTest, TimesBefore1970HaveATimeOfDayToo) {
  DailySeason season;
  EXPECT_FALSE(season.Next(-1, 5, 3600, 1, 0.01).known);
  EXPECT_FALSE(season.Next(-kDay - 1, 5, 3600, 1, 0.01).known);
}

// Calibrator and alert machine

TEST(CalibratorTest, OneAlertAMonthIsStrengthOneFromTheFirstDay) {
  EXPECT_EQ(Calibrator().Limit(1), 1);
  EXPECT_GT(Calibrator().Limit(0.1), 2);
}

TEST(CalibratorTest, ForMoreAlertsTheLimitIsWhatThisMetricPasses) {
  Calibrator calibrator;
  std::mt19937 random(1);
  std::exponential_distribution<double> strength(20);
  for (int i = 0; i < 60 * 24 * 60; ++i) calibrator.Observe(strength(random), 60, 60);
  const double ten = calibrator.Limit(10);
  const double hundred = calibrator.Limit(100);
  EXPECT_LT(hundred, ten);
  EXPECT_LT(ten, 1);
  EXPECT_THAT(calibrator.PerMonth(ten), testing::AllOf(testing::Gt(2), testing::Lt(50)));
  EXPECT_EQ(calibrator.Limit(1), 1);
}

TEST(CalibratorTest, TellsHowOftenAStrengthIsToBeExpected) {
  Calibrator calibrator;
  EXPECT_THAT(calibrator.PerMonth(1), DoubleNear(1, 1e-9));
  for (int i = 0; i < 6 * 30; ++i) calibrator.Observe(i % 30 == 0 ? 2 : 0, kDay, kDay);
  EXPECT_THAT(calibrator.PerMonth(2), DoubleNear(1, 0.3)) << "it came once a month";
  EXPECT_LT(calibrator.PerMonth(8), 0.1);
}

TEST(CalibratorTest, WhatWasNormalIsNotAlertedOnForSomeMonths) {
  Calibrator calibrator;
  calibrator.Accept(3);
  EXPECT_GT(calibrator.Limit(1), 3);
  for (int i = 0; i < 365; ++i) calibrator.Observe(0, kDay, kDay);
  EXPECT_EQ(calibrator.Limit(1), 1);
}

TEST(AlertMachineTest, RaisesOnceAndAgainOnlyOnMore) {
  AlertMachine machine;
  const auto raised = [&machine](double strength) {
    return machine.Next(strength, 1, kMinute, kMinute);
  };
  EXPECT_FALSE(raised(1)) << "the limit itself is no alert";
  EXPECT_TRUE(raised(2));
  EXPECT_FALSE(raised(2));
  EXPECT_FALSE(raised(2.2));
  EXPECT_TRUE(raised(3));
}

TEST(AlertMachineTest, WhatLastsStaysQuietAndWhatIsOverMayComeAgain) {
  AlertMachine machine;
  EXPECT_TRUE(machine.Next(2, 1, kMinute, kMinute));
  for (int i = 0; i < 1000; ++i) ASSERT_FALSE(machine.Next(2, 1, kMinute, kMinute)) << i;
  for (int i = 0; i < 600; ++i) (void)machine.Next(0, 1, kMinute, kMinute);
  EXPECT_TRUE(machine.Next(2, 1, kMinute, kMinute));
}

TEST(MovingMeanTest, IsOfTheLastTwenty) {
  MovingMean mean;
  for (int i = 0; i < 19; ++i) (void)mean.Add(1e15);
  EXPECT_FALSE(mean.Full());
  double last = 0;
  for (int i = 0; i < 40; ++i) last = mean.Add(0.1);
  EXPECT_TRUE(mean.Full());
  EXPECT_THAT(last, DoubleNear(0.1, 1e-12)) << "what is gone leaves no rounding error";
}

}  // namespace
}  // namespace mon::detector
