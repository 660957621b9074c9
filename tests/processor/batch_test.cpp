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

Batch BatchOf(std::initializer_list<std::pair<const char*, std::vector<std::int64_t>>> times) {
  Batch batch;
  for (const auto& [application, list] : times)
    for (const auto time : list) batch[application].push_back(At(time, 0));
  return batch;
}

/// "shop 10 20, auth 20", a string for each portion.
std::vector<std::string> Portions(const Batch& batch, std::chrono::seconds longest,
                                  std::size_t most, std::size_t before = 0) {
  std::vector<std::string> portions;
  for (const Portion& portion : InPortions(batch, longest, before, most)) {
    std::string& text = portions.emplace_back();
    for (const auto& [application, samples] : portion) {
      text += (text.empty() ? "" : ", ") + *application;
      for (const Sample& sample : samples) text += " " + std::to_string(sample.timestamp);
    }
  }
  return portions;
}

TEST(InPortionsTest, SmallBatchIsOne) {
  EXPECT_THAT(Portions(BatchOf({{"auth", {20}}, {"shop", {10, 20}}}), 1h, 100),
              ElementsAre("auth 20, shop 10 20"));
}

TEST(InPortionsTest, NoneIsMuchLargerThanSaid) {
  EXPECT_THAT(Portions(BatchOf({{"a", {10, 20}}, {"b", {10}}, {"c", {10, 20}}}), 1h, 3),
              ElementsAre("a 10 20, b 10", "c 10 20"));
}

TEST(InPortionsTest, WhatRulesLookBackOverCounts) {
  const Batch batch = BatchOf({{"a", {10, 20}}, {"b", {10}}});
  EXPECT_THAT(Portions(batch, 1h, 20, 5), ElementsAre("a 10 20, b 10"));
  EXPECT_THAT(Portions(batch, 1h, 20, 10), ElementsAre("a 10 20", "b 10"));
}

TEST(InPortionsTest, AnApplicationOfOneTimeIsNeverSplit) {
  EXPECT_THAT(Portions(BatchOf({{"a", {10, 20, 30}}, {"b", {10}}}), 1h, 2),
              ElementsAre("a 10 20 30", "b 10"));
}

TEST(InPortionsTest, NoneIsLongerThanSaidAndTimeGoesOn) {
  EXPECT_THAT(Portions(BatchOf({{"a", {10, 60, 110}}, {"b", {70, 200}}}), 50s, 100),
              ElementsAre("a 10 60", "a 110, b 70", "b 200"));
}

TEST(InPortionsTest, OfNothingThereAreNone) {
  EXPECT_THAT(Portions({}, 10s, 20), ::testing::IsEmpty());
}

}  // namespace
}  // namespace mon::processor
