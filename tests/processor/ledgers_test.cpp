#include "ledgers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace mon::processor {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;

constexpr TimePoint kNow{10s};

IdRange Range(std::int64_t first, std::int64_t last) { return {first, last, kNow, kNow}; }

Ledger Read(std::int64_t last) { return Ledger({Range(0, last)}); }

Parts Only(std::initializer_list<int> numbers) {
  Parts parts;
  for (const int number : numbers) parts.set(static_cast<std::size_t>(number));
  return parts;
}

/// The name of an application that is in that part.
std::string ApplicationOf(int part) {
  for (int number = 0;; ++number)
    if (std::string name = "a" + std::to_string(number); PartOf(name) == part) return name;
}

const Ledgers::ByPart kOfAll{{Ledgers::kWhole, Read(9)}};

TEST(PartsTest, AreThoseThatMysqlComputes) {
  // SELECT CRC32('shop') % 64, CRC32('café') % 64
  EXPECT_EQ(PartOf("shop"), 2892647586 % 64);
  EXPECT_EQ(PartOf("caf\xC3\xA9"), 2561491637 % 64);
}

TEST(PartsTest, AreAConditionOnlyWhereSomeAreMissing) {
  EXPECT_EQ(InParts(AllParts(), "p.application"), "TRUE");
  EXPECT_EQ(InParts(Only({3, 17}), "p.application"), "CRC32(p.application) % 64 IN (3,17)");
  EXPECT_EQ(InParts(Parts(), "p.application"), "FALSE");
}

TEST(LedgersTest, WhoHasAllKeepsOne) {
  Ledgers ledgers(kOfAll, AllParts());
  EXPECT_EQ(ledgers.Of("shop"), ledgers.Of("payment"));
  const std::vector<IdSpan> read{{10, 12}};
  ledgers.Add(read, kNow);
  ledgers.Unite();
  EXPECT_THAT(ledgers.ChangeFrom(kOfAll), ElementsAre(Key(Ledgers::kWhole)));
}

TEST(LedgersTest, NoneIsThereBeforeTheFirstPass) {
  EXPECT_TRUE(Ledgers({}, AllParts()).empty());
  EXPECT_TRUE(Ledgers({}, Only({1})).empty());
  EXPECT_FALSE(Ledgers(kOfAll, Only({1})).empty());
}

TEST(LedgersTest, PartsBeginWithTheLedgerOfAllAndLeaveItThere) {
  Ledgers ledgers(kOfAll, Only({3, 5}));
  EXPECT_TRUE(ledgers.Of(ApplicationOf(3))->Contains(9));
  EXPECT_EQ(ledgers.Of(ApplicationOf(4)), nullptr);
  const std::vector<IdSpan> read{{10, 12}};
  ledgers.Add(read, kNow);
  const auto changes = ledgers.ChangeFrom(kOfAll);
  EXPECT_THAT(changes, ElementsAre(Key(3), Key(5)));
  EXPECT_THAT(changes.at(3).written, ElementsAre(Range(0, 12)));
}

TEST(LedgersTest, EachPartIsReadFromWhereItsOwnEnds) {
  Ledgers ledgers({{Ledgers::kWhole, Read(9)}, {3, Read(20)}, {5, Read(30)}}, Only({3, 5, 7}));
  EXPECT_EQ(ledgers.OpenSpans(8), (std::vector<IdSpan>{{10, Ledger::kHighestId}}));
  EXPECT_FALSE(ledgers.Of(ApplicationOf(7))->Contains(10));
  EXPECT_TRUE(ledgers.Of(ApplicationOf(3))->Contains(20));
  EXPECT_FALSE(ledgers.Of(ApplicationOf(3))->Contains(21));
  EXPECT_EQ(ledgers.Highest(), 30);
}

TEST(LedgersTest, OfThosePartsWhoseRowsAreGoneEachBeginsAnew) {
  Ledgers ledgers({{3, Read(20)}, {5, Read(30)}}, Only({3, 5}));
  ledgers.BeginAnew(25, Read(22));
  EXPECT_TRUE(ledgers.Of(ApplicationOf(3))->Contains(20));
  EXPECT_FALSE(ledgers.Of(ApplicationOf(3))->Contains(21));
  EXPECT_TRUE(ledgers.Of(ApplicationOf(5))->Contains(22));
  EXPECT_FALSE(ledgers.Of(ApplicationOf(5))->Contains(23));
}

TEST(LedgersTest, SpansOfPartsAreTakenTogetherWhereTheyMeet) {
  const Ledger gap({Range(0, 4), Range(8, 100)});
  const Ledger other({Range(0, 5), Range(12, 100)});
  const Ledgers ledgers({{1, gap}, {2, other}}, Only({1, 2}));
  EXPECT_EQ(ledgers.OpenSpans(8), (std::vector<IdSpan>{{5, 11}, {101, Ledger::kHighestId}}));
}

TEST(LedgersTest, OfAllPartsOneIsMadeAgain) {
  Ledgers::ByPart stored = kOfAll;
  for (int part = 0; part < kParts; ++part) stored[part] = Read(part < 8 ? 40 : 50);
  Ledgers ledgers(stored, AllParts());
  const std::vector<IdSpan> read{{41, 60}};
  ledgers.Add(read, kNow);
  ledgers.Unite();
  const auto changes = ledgers.ChangeFrom(stored);
  EXPECT_THAT(changes, SizeIs(kParts + 1));
  EXPECT_THAT(changes.at(Ledgers::kWhole).written, ElementsAre(Range(0, 60)));
  EXPECT_THAT(changes.at(63).removed, ElementsAre(0));
  EXPECT_THAT(changes.at(63).written, IsEmpty());
}

TEST(LedgersTest, OnlyWhoHasAllPartsMakesOne) {
  Ledgers ledgers(kOfAll, Only({3, 5}));
  ledgers.Unite();
  EXPECT_EQ(ledgers.Of(ApplicationOf(4)), nullptr);
}

// What is common to two ledgers, and what is added to one, against sets of ids.
TEST(LedgerTest, IntersectsAndGrowsAsSetsDo) {
  std::mt19937 random(20);
  const auto number = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
  constexpr int kIds = 40;
  const auto ids_of = [](const Ledger& ledger) {
    std::set<int> ids;
    for (int id = 0; id < kIds + 20; ++id)
      if (ledger.Contains(id)) ids.insert(id);
    return ids;
  };
  for (int round = 0; round < 2'000; ++round) {
    Ledger one;
    Ledger two;
    for (int i = number(8); i > 0; --i) {
      const std::int64_t first = number(kIds);
      const IdSpan span{first, first + number(6)};
      auto expected = ids_of(one);
      for (auto id = span.first; id <= span.last; ++id) expected.insert(static_cast<int>(id));
      one.Add(span, kNow);
      ASSERT_EQ(ids_of(one), expected);
      two.Add({first + number(3), first + 4 + number(9)}, kNow);
    }
    std::set<int> common;
    const auto of_one = ids_of(one);
    for (const int id : ids_of(two))
      if (of_one.contains(id)) common.insert(id);
    Ledger both = one;
    both.Intersect(two);
    ASSERT_EQ(ids_of(both), common);
    // No two ranges of a ledger touch.
    const auto ranges = one.Ranges();
    for (std::size_t i = 1; i < ranges.size(); ++i)
      ASSERT_GT(ranges[i].first, ranges[i - 1].last + 1);
  }
}

TEST(LedgerTest, WhatTwoHaveWasReachedWhenBothHadIt) {
  Ledger one({{0, 9, TimePoint(1s), TimePoint(5s)}});
  one.Intersect(Ledger({{4, 20, TimePoint(3s), TimePoint(4s)}}));
  EXPECT_THAT(one.Ranges(), ElementsAre(IdRange{4, 9, TimePoint(3s), TimePoint(5s)}));
}

}  // namespace
}  // namespace mon::processor
