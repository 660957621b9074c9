#include "batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/fakes.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

std::vector<Sample> InOrder(std::vector<Sample> samples) {
  PutInOrder(samples);
  return samples;
}

TEST(PutInOrderTest, HighestIdOfASecondCounts) {
  auto low = At(10, 0.1F);
  low.id = 7;
  auto high = At(10, 0.9F);
  high.id = 8;
  EXPECT_THAT(InOrder({high, low}), ElementsAre(high));
}

TEST(PutInOrderTest, SortsByTime) {
  EXPECT_THAT(InOrder({At(30, 0), At(10, 0), At(20, 0)}),
              ElementsAre(At(10, 0), At(20, 0), At(30, 0)));
}

Batch BatchOf(std::initializer_list<std::pair<const char*, std::size_t>> sizes) {
  Batch batch;
  for (const auto& [application, size] : sizes) batch[application].resize(size);
  return batch;
}

std::vector<std::size_t> SizesOf(const std::vector<Batch>& portions) {
  std::vector<std::size_t> sizes;
  for (const auto& portion : portions) sizes.push_back(portion.size());
  return sizes;
}

TEST(InPortionsTest, SamplesOfTheSpanBeforeCount) {
  const auto batch = BatchOf({{"a", 10}, {"b", 10}, {"c", 10}});
  EXPECT_THAT(SizesOf(InPortions(batch, 0s, 10s, 20)), ElementsAre(2, 1));
  EXPECT_THAT(SizesOf(InPortions(batch, 100s, 10s, 20)), ElementsAre(1, 1, 1));
  EXPECT_THAT(SizesOf(InPortions(batch, 100s, 10s, 1'000)), ElementsAre(3));
}

TEST(InPortionsTest, AnApplicationIsNeverSplit) {
  EXPECT_THAT(SizesOf(InPortions(BatchOf({{"a", 100}, {"b", 1}}), 0s, 10s, 20)), ElementsAre(1, 1));
}

TEST(InPortionsTest, OfNothingThereAreNone) {
  EXPECT_THAT(InPortions({}, 0s, 10s, 20), ::testing::IsEmpty());
}

}  // namespace
}  // namespace mon::processor
