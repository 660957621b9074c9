#include "seasonal_profile.h"

#include <gtest/gtest.h>

#include "forecast/series.h"

namespace mon::forecast {
namespace {

using test::Noise;
using test::ShopHour;
using test::ShopHours;

constexpr Seasons kDay{.day = 24, .week = 0};
constexpr Seasons kWeek{.day = 24, .week = 168};

TEST(SeasonalProfileTest, LearnsTheDay) {
  std::vector<double> values(240);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = 7 + 3 * test::Wave(static_cast<double>(i) / 24);
  }
  const SeasonalProfile profile(values, kDay);
  EXPECT_NEAR(profile.At(6), 3, 0.1);
  EXPECT_NEAR(profile.At(240 + 18), -3, 0.1);
}

TEST(SeasonalProfileTest, LearnsTheWeek) {
  const SeasonalProfile profile(ShopHours(5 * 168, 2), kWeek);
  const std::size_t monday_noon = 5 * 168 + 6;
  const std::size_t saturday_noon = monday_noon + 5 * 24;
  EXPECT_NEAR(profile.At(monday_noon), 50, 5);
  EXPECT_NEAR(profile.At(saturday_noon), 25, 5);
}

TEST(SeasonalProfileTest, TakesNoiseForNoRhythm) {
  Noise next;
  std::vector<double> values(480);
  for (double& value : values) value = next();
  const SeasonalProfile profile(values, kDay);
  double squares = 0;
  for (std::size_t hour = 0; hour < 24; ++hour) squares += profile.At(hour) * profile.At(hour);
  EXPECT_LT(squares / 24, 0.01) << "the noise has a mean square of a third";
}

TEST(SeasonalProfileTest, HasNoRhythmWithoutTwoDays) {
  EXPECT_EQ(SeasonalProfile(ShopHours(47), kDay).At(6), 0);
  EXPECT_EQ(SeasonalProfile(ShopHours(500), Seasons{}).At(6), 0);
}

TEST(SeasonalProfileTest, AnOutlierMovesItLittle) {
  std::vector<double> values = ShopHours(240);
  values[126] = 5000;
  EXPECT_LT(SeasonalProfile(values, kDay).At(6), 400) << "a tenth of it would be 490";
}

}  // namespace
}  // namespace mon::forecast
