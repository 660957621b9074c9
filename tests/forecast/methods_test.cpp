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
constexpr Seasons kWeek{.day = 24, .week = 168};

TEST(SeasonalNaiveTest, RepeatsTheLastSeason) {
  const std::vector<double> past = {9, 9, 9, 1, 2, 3};
  EXPECT_THAT(SeasonalNaive(past, kThree, 5), ElementsAre(1, 2, 3, 1, 2));
  EXPECT_THAT(SeasonalNaive(past, kNone, 2), ElementsAre(3, 3));
}

TEST(SeasonalNaiveTest, RepeatsTheWeekWhereThereIsOne) {
  const std::vector<double> past = ShopHours(200);
  EXPECT_EQ(SeasonalNaive(past, kWeek, 48)[40], ShopHour(200 + 40 - 168));
}

TEST(SmoothedDayTest, WeighsTheLatestDaysMost) {
  const std::vector<double> past = {0, 0, 0, 10, 20, 30};
  EXPECT_THAT(SmoothedDay(past, kThree, 4), ElementsAre(3, 6, 9, 3));
}

TEST(SmoothedWeekTest, FollowsALevelThatHasMoved) {
  std::vector<double> past = ShopHours(4 * 168);
  for (std::size_t i = past.size() - 24; i < past.size(); ++i) past[i] += 40;
  const std::vector<double> next = SmoothedWeek(past, kWeek, 24);
  EXPECT_NEAR(next[6] - ShopHour(past.size() + 6), 10, 1e-9);  // half of what is not learnt yet
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

}  // namespace
}  // namespace mon::forecast
