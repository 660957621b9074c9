#include "gaps.h"

#include <gmock/gmock.h>

#include <limits>

namespace mon::forecast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

std::vector<double> Fill(std::vector<double> values, std::size_t season = 1) {
  return FillGaps(values, season);
}

TEST(FillGapsTest, KeepsWhatIsThere) {
  EXPECT_THAT(Fill({3, -1, 2}), ElementsAre(3, -1, 2));
  EXPECT_THAT(Fill({}), IsEmpty());
}

TEST(FillGapsTest, DrawsALineBetweenTheNeighbours) {
  EXPECT_THAT(Fill({1, kGap, kGap, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(FillGapsTest, TakesTimeInProportionToTheLengthOfAGap) {
  constexpr std::size_t kLong = 1'000'000;
  std::vector<double> values(kLong, kGap);
  values.front() = 1;
  values.push_back(1 + kLong);
  const std::vector<double> filled = Fill(values);
  EXPECT_THAT(filled[kLong / 2], testing::DoubleNear(1 + kLong / 2, 1e-6));
  EXPECT_EQ(filled.back(), 1 + kLong);
}

TEST(FillGapsTest, DrawsALineAcrossEachGap) {
  EXPECT_THAT(Fill({1, kGap, 3, kGap, 5, 7, kGap, kGap, 4}),
              ElementsAre(1, 2, 3, 4, 5, 7, 6, 5, 4));
}

TEST(FillGapsTest, TakesTheSeasonBeforeWhereThereIsOne) {
  EXPECT_THAT(Fill({1, 9, 2, kGap, 3, kGap}, 2), ElementsAre(1, 9, 2, 9, 3, 9));
}

TEST(FillGapsTest, LetsTheLastValueGoOn) { EXPECT_THAT(Fill({1, 5, kGap}), ElementsAre(1, 5, 5)); }

TEST(FillGapsTest, LeavesOutGapsAtTheStart) {
  EXPECT_THAT(Fill({kGap, kGap, 7, 8}), ElementsAre(7, 8));
  EXPECT_THAT(Fill({kGap, kGap}), IsEmpty());
}

TEST(FillGapsTest, TakesInfinityForAGap) {
  EXPECT_THAT(Fill({1, std::numeric_limits<double>::infinity(), 3}), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace mon::forecast
