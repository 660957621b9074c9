#include "data_aggregator/recent_values.h"

#include <gtest/gtest.h>

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kTime = 1'750'000'000;

ItemValue Value(std::uint64_t itemid, std::int64_t clock, const std::string& text = "1",
                std::uint32_t ns = 0, ValueType type = ValueType::kFloat) {
  return {itemid, clock, ns, type, text};
}

TEST(RecentValuesTest, KnowsWhatWasAddedByAllThereIsToIt) {
  RecentValues values;
  values.Add(Value(7, kTime, "0.5", 9));
  values.Add(Value(7, kTime + 5, "0.5", 9));
  EXPECT_TRUE(values.Contains(Value(7, kTime, "0.5", 9)));
  EXPECT_FALSE(values.Contains(Value(8, kTime, "0.5", 9)));
  EXPECT_FALSE(values.Contains(Value(7, kTime + 1, "0.5", 9)));
  EXPECT_FALSE(values.Contains(Value(7, kTime, "0.5", 8)));
  EXPECT_FALSE(values.Contains(Value(7, kTime, "0.6", 9)));
  EXPECT_FALSE(values.Contains(Value(7, kTime, "0.5", 9, ValueType::kText)));
}

TEST(RecentValuesTest, ValueBetweenThoseThatAreKnownIsNew) {
  RecentValues values;
  values.Add(Value(7, kTime));
  values.Add(Value(7, kTime + 20));
  EXPECT_FALSE(values.Contains(Value(7, kTime + 10)));
  values.Add(Value(7, kTime + 10));
  for (const int seconds : {0, 10, 20}) EXPECT_TRUE(values.Contains(Value(7, kTime + seconds)));
}

TEST(RecentValuesTest, OldestGoesFirst) {
  RecentValues values;
  constexpr int kMany = 3 * RecentValues::kOfAnItem;
  for (int i = 0; i < kMany; ++i) values.Add(Value(7, kTime + i));
  for (int i = 0; i < kMany; ++i) {
    const bool kept = i >= kMany - static_cast<int>(RecentValues::kOfAnItem);
    EXPECT_EQ(values.Contains(Value(7, kTime + i)), kept) << i;
  }
}

TEST(RecentValuesTest, ForgetsItemsThatAreGone) {
  RecentValues values;
  values.Add(Value(7, kTime));
  values.Add(Value(8, kTime));
  EXPECT_TRUE(values.Contains(Value(7, kTime)));
  values.KeepItems([](std::uint64_t itemid) { return itemid == 8; });
  EXPECT_FALSE(values.Contains(Value(7, kTime)));
  EXPECT_TRUE(values.Contains(Value(8, kTime)));
}

}  // namespace
}  // namespace mon::data_aggregator
