#include "cleanups.h"

#include <gmock/gmock.h>

#include "forecast/series.h"

namespace mon::forecast {
namespace {

using test::Noise;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

/// Grows by 0.1 a step, drops by 8 at each of `drops`.
std::vector<double> Sawtooth(std::size_t count, const std::vector<std::size_t>& drops,
                             double noise = 0.2) {
  Noise next;
  std::vector<double> values(count);
  double level = 0;
  for (std::size_t i = 0; i < count; ++i) {
    level += 0.1;
    for (const std::size_t drop : drops) level -= drop == i ? 8 : 0;
    values[i] = level + noise * next();
  }
  return values;
}

TEST(FindCleanupsTest, FindsEachDropAndItsSize) {
  const Cleanups found = FindCleanups(Sawtooth(400, {100, 200, 300}));
  EXPECT_THAT(found.at, ElementsAre(100, 200, 300));
  EXPECT_THAT(found.by, Each(testing::DoubleNear(8, 0.7)));
}

TEST(FindCleanupsTest, FindsNothingInNoiseOrInARise) {
  EXPECT_THAT(FindCleanups(Sawtooth(400, {})).at, IsEmpty());
  EXPECT_THAT(FindCleanups(std::vector<double>(400, 5)).at, IsEmpty());
  EXPECT_THAT(FindCleanups(std::vector<double>{1, 2}).at, IsEmpty());
  EXPECT_THAT(FindCleanups({}).at, IsEmpty());
}

TEST(FindCleanupsTest, DoesNotTakeASingleLowValueForADrop) {
  std::vector<double> values = Sawtooth(400, {});
  values[200] = -30;
  EXPECT_THAT(FindCleanups(values).at, IsEmpty());
}

TEST(FindCleanupsTest, DoesNotTakeTheTicksOfWholeNumbersForDrops) {
  std::vector<double> values(400);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(1000 + i - (i % 50 == 49 ? 1 : 0));
  }
  EXPECT_THAT(FindCleanups(values).at, IsEmpty());
}

TEST(FindCleanupsTest, TakesDropsThatAreAlikeForEqual) {
  const Cleanups found = FindCleanups(Sawtooth(400, {100, 200, 300}));
  EXPECT_THAT(found.by, Each(found.by.front()));
}

TEST(CleanupsTest, AddUp) {
  const Cleanups cleanups{.at = {1, 3}, .by = {2, 5}};
  EXPECT_THAT(cleanups.Taken(5), ElementsAre(0, 2, 2, 7, 7));
}

TEST(CleanupsTest, GoOnAtTheirDistance) {
  const Cleanups cleanups{.at = {10, 20, 30, 40}, .by = {2, 3, 2, 2}};
  EXPECT_EQ(cleanups.ExpectedAfter(4, 46), 0);  // at 49
  EXPECT_EQ(cleanups.ExpectedAfter(5, 46), 2);  // at 50
  EXPECT_EQ(cleanups.ExpectedAfter(15, 46), 4);
}

TEST(CleanupsTest, GoOnAtTheirDistanceThoughOneWasNotFound) {
  const Cleanups cleanups{.at = {10, 20, 40, 50}, .by = {2, 2, 2, 2}};
  EXPECT_EQ(cleanups.ExpectedAfter(10, 51), 2);
}

TEST(CleanupsTest, GoOnEvenlyWhereTheyAreIrregular) {
  const Cleanups cleanups{.at = {3, 10, 33, 77}, .by = {2, 2, 2, 2}};
  EXPECT_DOUBLE_EQ(cleanups.ExpectedAfter(10, 80), 1);
}

TEST(CleanupsTest, DoNotGoOnWhereTheyWereTooFew) {
  const Cleanups cleanups{.at = {3, 10}, .by = {2, 2}};
  EXPECT_EQ(cleanups.ExpectedAfter(100, 12), 0);
}

}  // namespace
}  // namespace mon::forecast
