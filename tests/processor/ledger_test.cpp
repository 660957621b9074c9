#include "ledger.h"

#include <gtest/gtest.h>

namespace mon::processor {
namespace {

using namespace std::chrono_literals;

TimePoint Time(std::chrono::milliseconds since) { return TimePoint(since); }

IdRange Range(std::int64_t first, std::int64_t last, std::chrono::milliseconds begun,
              std::chrono::milliseconds finished) {
  return {first, last, Time(begun), Time(finished)};
}

TEST(LedgerTest, OpenAboveTheHighestRangeAndInGaps) {
  const Ledger ledger({Range(0, 4, 0s, 0s), Range(7, 9, 0s, 0s)});
  const std::vector<IdSpan> expected{{5, 6}, {10, Ledger::kHighestId}};
  EXPECT_EQ(ledger.OpenSpans(10), expected);
  EXPECT_TRUE(ledger.Contains(4));
  EXPECT_FALSE(ledger.Contains(5));
  EXPECT_FALSE(ledger.Contains(6));
  EXPECT_TRUE(ledger.Contains(7));
  EXPECT_FALSE(ledger.Contains(10));
}

TEST(LedgerTest, HighestIsTheLastIdThatWasReached) {
  EXPECT_EQ(Ledger({Range(0, 4, 0s, 0s), Range(7, 9, 0s, 0s)}).Highest(), 9);
  EXPECT_EQ(Ledger().Highest(), -1);
}

TEST(LedgerTest, RowThatCommitsLateFillsItsGap) {
  Ledger ledger({Range(0, 4, 1s, 2s), Range(6, 9, 3s, 4s)});
  ledger.Add({5, 5}, Time(9s));
  EXPECT_EQ(ledger.Ranges(), std::vector{Range(0, 9, 1s, 4s)});
}

TEST(LedgerTest, GrowsUpwardsWithTheTimeOfItsLastId) {
  Ledger ledger({Range(0, 4, 1s, 2s)});
  ledger.Add({5, 8}, Time(9s));
  EXPECT_EQ(ledger.Ranges(), std::vector{Range(0, 8, 1s, 9s)});
}

TEST(LedgerTest, GrowsDownwardsWithTheTimeOfItsFirstId) {
  Ledger ledger({Range(0, 1, 0s, 0s), Range(6, 9, 3s, 4s)});
  ledger.Add({5, 5}, Time(7s));
  EXPECT_EQ(ledger.Ranges(), (std::vector{Range(0, 1, 0s, 0s), Range(5, 9, 7s, 4s)}));
}

TEST(LedgerTest, SingleIdBetweenTwoGapsIsARangeOfItsOwn) {
  Ledger ledger({Range(0, 1, 0s, 0s), Range(9, 9, 3s, 4s)});
  ledger.Add({5, 5}, Time(7s));
  EXPECT_EQ(ledger.Ranges(),
            (std::vector{Range(0, 1, 0s, 0s), Range(5, 5, 7s, 7s), Range(9, 9, 3s, 4s)}));
}

TEST(LedgerTest, GapClosesWhenBothNeighboursAreOld) {
  Ledger ledger({Range(0, 4, 0s, 1h), Range(6, 9, 2h, 30h)});
  ledger.CloseGaps(Time(26h - 1ms), 24h);
  EXPECT_EQ(ledger.Ranges().size(), 2U);
  ledger.CloseGaps(Time(26h), 24h);
  EXPECT_EQ(ledger.Ranges(), std::vector{Range(0, 9, 0s, 30h)});
}

TEST(LedgerTest, GapStaysOpenWhileItsLowerNeighbourIsYoung) {
  Ledger ledger({Range(0, 4, 0s, 20h), Range(6, 9, 2h, 30h)});
  ledger.CloseGaps(Time(30h), 24h);
  EXPECT_EQ(ledger.Ranges().size(), 2U);
}

TEST(LedgerTest, ClosesSeveralGapsInARow) {
  Ledger ledger(
      {Range(0, 4, 0s, 0s), Range(6, 6, 0s, 0s), Range(8, 9, 0s, 0s), Range(12, 12, 23h, 23h)});
  ledger.CloseGaps(Time(24h), 24h);
  EXPECT_EQ(ledger.Ranges(), (std::vector{Range(0, 9, 0s, 0s), Range(12, 12, 23h, 23h)}));
}

TEST(LedgerTest, ManyGapsAreBridgedWhereTheyAreNearest) {
  const Ledger ledger({Range(0, 9, 0s, 0s), Range(11, 12, 0s, 0s), Range(14, 100, 0s, 0s),
                       Range(102, 102, 0s, 0s)});
  // Gaps 10, 13, 101 and above: the two bridges of one and two ids are the cheapest.
  const std::vector<IdSpan> expected{{10, 13}, {101, Ledger::kHighestId}};
  EXPECT_EQ(ledger.OpenSpans(2), expected);
}

TEST(LedgerTest, IdsInStepsStayAFewSpans) {
  std::vector<IdRange> steps;
  for (std::int64_t id = 0; id < 30'000; id += 3) steps.push_back(Range(id, id, 0s, 0s));
  const auto spans = Ledger(steps).OpenSpans(64);
  ASSERT_LE(spans.size(), 64U);
  EXPECT_EQ(spans.front().first, 1);
  EXPECT_EQ(spans.back().last, Ledger::kHighestId);
}

TEST(LedgerTest, ChangeIsWhatDiffers) {
  const Ledger before({Range(0, 4, 0s, 1s), Range(6, 9, 2s, 3s), Range(20, 20, 4s, 4s)});
  auto after = before;
  after.Add({5, 5}, Time(9s));
  after.Add({30, 31}, Time(9s));
  const auto change = after.ChangeFrom(before);
  EXPECT_EQ(change.removed, std::vector<std::int64_t>{6});
  EXPECT_EQ(change.written, (std::vector{Range(0, 9, 0s, 3s), Range(30, 31, 9s, 9s)}));
  EXPECT_TRUE(after.ChangeFrom(after).empty());
}

TEST(LedgerTest, HighestIdLeavesNothingAbove) {
  const Ledger ledger({Range(0, Ledger::kHighestId, 0s, 0s)});
  EXPECT_TRUE(ledger.OpenSpans(10).empty());
}

TEST(LedgerTest, RunsAreNeighbours) {
  const std::vector<IdSpan> expected{{1, 3}, {5, 5}, {7, 8}};
  EXPECT_EQ(Runs({1, 2, 3, 5, 7, 8}), expected);
  EXPECT_TRUE(Runs({}).empty());
}

}  // namespace
}  // namespace mon::processor
