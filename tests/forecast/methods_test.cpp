#include "methods.h"

#include <gmock/gmock.h>

#include <numeric>

#include "forecast/series.h"

namespace mon::forecast {
namespace {

using test::ShopHour;
using test::ShopHours;
using testing::Each;
using testing::ElementsAre;

constexpr Seasons kNone;
constexpr Seasons kThree{.day = 3, .week = 0};
constexpr Seasons kDay{.day = 24, .week = 0};
constexpr Seasons kWeek{.day = 24, .week = 168};

TEST(LastDayTest, RepeatsTheLastDay) {
  const std::vector<double> past = {9, 9, 9, 1, 2, 3};
  EXPECT_THAT(LastDay(past, kThree, 5), ElementsAre(1, 2, 3, 1, 2));
  EXPECT_THAT(LastDay(past, kNone, 2), ElementsAre(3, 3));
}

TEST(LastWeekTest, RepeatsTheWeekWhereThereIsOne) {
  const std::vector<double> past = ShopHours(200);
  EXPECT_EQ(LastWeek(past, kWeek, 48)[40], ShopHour(200 + 40 - 168));
  EXPECT_EQ(LastWeek(past, kDay, 48)[40], ShopHour(200 + 40 - 48));
}

TEST(ProfileOnLevelTest, ComesBackToTheLevel) {
  std::vector<double> past = ShopHours(4 * 168, 5);
  past.back() += 60;
  const std::vector<double> next = ProfileOnLevel(past, kWeek, 48);
  EXPECT_NEAR(next[47], ShopHour(past.size() + 47), 15);
}

TEST(AutoregressionTest, GoesOnWithAWave) {
  std::vector<double> past(300);
  for (std::size_t i = 0; i < past.size(); ++i) past[i] = test::Wave(static_cast<double>(i) / 20);
  const std::vector<double> next = Autoregression(past, kNone, 20);
  EXPECT_NEAR(next[5], 1, 0.1);
  EXPECT_NEAR(next[15], -1, 0.1);
}

TEST(AutoregressionTest, HoldsOverAPastOfAnyLength) {
  std::vector<double> past(30'000);
  for (std::size_t i = 0; i < past.size(); ++i) past[i] = test::Wave(static_cast<double>(i) / 20);
  EXPECT_NEAR(Autoregression(past, kNone, 20)[5], 1, 0.1);
}

TEST(AutoregressionTest, StaysBoundedWhereTheSeriesExplodes) {
  std::vector<double> past(100);
  double value = 1;
  for (double& each : past) each = value *= 1.2;
  for (const double next : Autoregression(past, kNone, 1000)) EXPECT_LT(next, 20 * past.back());
}

TEST(AutoregressionTest, IsTheMeanOfTooFewValues) {
  const std::vector<double> past = {1, 2, 3, 6};
  EXPECT_THAT(Autoregression(past, kNone, 2), ElementsAre(3, 3));
}

TEST(AutoregressionTest, LetsADistanceToTheProfileFade) {
  std::vector<double> past = ShopHours(4 * 168);
  double off = 0;
  test::Noise noise;
  for (double& value : past) value += off = 0.8 * off + noise();
  past.back() += 10 - off;
  const std::vector<double> next = Autoregression(past, kWeek, 48);
  EXPECT_GT(next[0] - ShopHour(past.size()), 4);
  EXPECT_NEAR(next[30] - ShopHour(past.size() + 30), 0, 2);
}

TEST(MovedWeeksTest, RepeatsWeeksThatAreAlike) {
  const std::vector<double> past = ShopHours(4 * 168);
  const std::vector<double> next = MovedWeeks(past, kWeek, 400);
  for (std::size_t i = 0; i < next.size(); ++i) {
    EXPECT_NEAR(next[i], ShopHour(past.size() + i), 1e-9);
  }
}

TEST(MovedWeeksTest, FollowsDaysThatStayedWhereTheyWent) {
  std::vector<double> past = ShopHours(6 * 168);
  for (std::size_t i = past.size() - 5 * 24; i < past.size(); ++i) past[i] += 40;
  const std::vector<double> next = MovedWeeks(past, kWeek, 24);
  EXPECT_NEAR(next[6] - ShopHour(past.size() + 6), 40, 10);
}

TEST(MovedWeeksTest, NeedsThreeDays) {
  const std::vector<double> past = {1, 2, 3, 7, 8, 9};
  EXPECT_EQ(MovedWeeks(past, kThree, 4), LastDay(past, kThree, 4));
}

TEST(DoubleSeasonalTest, LearnsDayAndWeek) {
  const std::vector<double> past = ShopHours(5 * 168, 3);
  const std::vector<double> next = DoubleSeasonal(past, kWeek, 48);
  for (std::size_t i = 0; i < next.size(); ++i) {
    EXPECT_NEAR(next[i], ShopHour(past.size() + i), 6);
  }
}

TEST(DoubleSeasonalTest, LetsTheLastErrorFade) {
  std::vector<double> past = ShopHours(5 * 168);
  past.back() += 60;
  const std::vector<double> next = DoubleSeasonal(past, kWeek, 48);
  EXPECT_GT(next[0] - ShopHour(past.size()), 20);
  EXPECT_NEAR(next[30], ShopHour(past.size() + 30), 5);
}

TEST(DoubleSeasonalTest, NeedsFourDays) {
  const std::vector<double> past = {1, 2, 3, 7, 8, 9, 4};
  EXPECT_EQ(DoubleSeasonal(past, kThree, 4), LastDay(past, kThree, 4));
}

}  // namespace
}  // namespace mon::forecast
