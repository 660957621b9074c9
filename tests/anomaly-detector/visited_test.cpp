#include "detector/visited.h"

#include <gtest/gtest.h>

namespace mon::detector {
namespace {

constexpr double kRows = 1000;

/// 10 to 20 in steps of a tenth, and a single 100.
Visited TenToTwentyAndOneOutlier() {
  Visited visited;
  for (int i = 0; i <= 100; ++i) visited.Add(10 + 0.1 * i, kRows);
  visited.Add(100, kRows);
  return visited;
}

TEST(VisitedTest, KnowsTheGapAroundAValue) {
  const Visited::Gap gap = TenToTwentyAndOneOutlier().Around(40);
  EXPECT_DOUBLE_EQ(gap.size, 20);
  EXPECT_DOUBLE_EQ(gap.lowest, 10);
  EXPECT_DOUBLE_EQ(gap.below, 20);
  EXPECT_DOUBLE_EQ(gap.above, 100);
  EXPECT_DOUBLE_EQ(gap.highest, 100);
  EXPECT_DOUBLE_EQ(TenToTwentyAndOneOutlier().Around(95).size, 5) << "to the nearer end";
}

TEST(VisitedTest, WhatWasSeenLiesInNoGap) {
  const Visited visited = TenToTwentyAndOneOutlier();
  for (const double value : {10.0, 15.0, 20.0, 100.0}) EXPECT_EQ(visited.Around(value).size, 0);
}

TEST(VisitedTest, BeyondAllValuesIsNoGap) {
  EXPECT_EQ(Visited().Around(1).size, 0);
  EXPECT_EQ(TenToTwentyAndOneOutlier().Around(9).size, 0);
  EXPECT_EQ(TenToTwentyAndOneOutlier().Around(1e6).size, 0);
}

TEST(VisitedTest, TheWidestGapsAreKept) {
  // 100 values apart by 1 and by 50 at two places: far more than there are intervals.
  Visited visited;
  for (int i = 0; i < 100; ++i) visited.Add(i + (i >= 30 ? 50 : 0) + (i >= 60 ? 50 : 0), kRows);
  EXPECT_DOUBLE_EQ(visited.Around(54).size, 25);
  EXPECT_DOUBLE_EQ(visited.Around(134).size, 25);
  EXPECT_LE(visited.Around(10.5).size, 0.5);
}

TEST(VisitedTest, ForgetsWhereNoValueCameForLong) {
  Visited visited = TenToTwentyAndOneOutlier();
  const auto usual_days = [&] {
    for (int i = 0; i < 900; ++i) visited.Add(10 + 0.1 * (i % 101), kRows);
  };
  usual_days();
  EXPECT_GT(visited.Around(40).size, 0) << "within the last 1000";
  usual_days();
  visited.Add(9, kRows);
  EXPECT_EQ(visited.Around(40).size, 0) << "beyond all that is known now";
}

}  // namespace
}  // namespace mon::detector
