#include "item_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace mon::processor {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(ItemValuesTest, KeepsNumbersAndTheTextsThatThereAre) {
  ItemValues values;
  values.Add(10, 1.5);
  values.Add(20, ItemValues::kNoNumber, "down");
  values.Add({30, 7.0, "7.00"});
  ASSERT_EQ(values.Size(), 3U);
  EXPECT_THAT(values.Clocks(), ElementsAre(10, 20, 30));
  EXPECT_THAT(values.At(0).number, Optional(1.5));
  EXPECT_EQ(values.At(0).text, "");
  EXPECT_EQ(values.At(1).number, std::nullopt);
  EXPECT_TRUE(std::isnan(values.Numbers()[1]));
  EXPECT_EQ(values.At(1).text, "down");
  EXPECT_EQ(values.At(2).text, "7.00");
}

TEST(ItemValuesTest, PartHasBothEndsAndTheirTexts) {
  ItemValues values;
  for (int clock = 10; clock <= 50; clock += 10)
    values.Add(clock, clock, "at " + std::to_string(clock));
  const ItemValues part = values.Between(20, 40);
  EXPECT_THAT(part.Clocks(), ElementsAre(20, 30, 40));
  EXPECT_EQ(part.At(0).text, "at 20");
  EXPECT_EQ(part.At(2).text, "at 40");
  EXPECT_TRUE(values.Between(41, 49).Empty());
  EXPECT_TRUE(values.Between(60, 70).Empty());
}

}  // namespace
}  // namespace mon::processor
