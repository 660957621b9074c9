#include "correlator/rank.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace mon::correlator {
namespace {

constexpr std::int64_t kOnset = 1'750'000'000;

enum class Noise { kGaussian, kSpiky, kHeavy, kConstant, kCounter, kInteger, kCorrelated, kWave };
constexpr int kNoises = 8;

/// An hour and a half of an item that does what it always does, until just after the onset.
ItemSeries Quiet(std::uint64_t itemid, Noise noise, std::int64_t cadence, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  ItemSeries item{itemid, {}};
  double state = 0;
  const auto phase = static_cast<std::int64_t>(uniform(random) * static_cast<double>(cadence));
  for (std::int64_t clock = kOnset - 3720 + phase; clock <= kOnset + 10; clock += cadence) {
    double value = 0;
    switch (noise) {
      case Noise::kGaussian:
        value = 1.15 + 0.15 * normal(random);
        break;
      case Noise::kSpiky:
        value = 1 + 0.1 * normal(random) + (uniform(random) < 0.03 ? 20 * uniform(random) : 0);
        break;
      case Noise::kHeavy:
        value = normal(random) /
                std::sqrt((std::pow(normal(random), 2) + std::pow(normal(random), 2)) / 2);
        break;
      case Noise::kConstant:
        value = 4096;
        break;
      case Noise::kCounter:
        value = state += 100 + 10 * normal(random);
        break;
      case Noise::kInteger:
        value = std::floor(3 * uniform(random));
        break;
      case Noise::kCorrelated:
        value = state = 0.95 * state + normal(random);
        break;
      case Noise::kWave:
        value = 10 * std::sin(static_cast<double>(clock) / 900) + 0.3 * normal(random);
        break;
    }
    item.points.push_back({clock, value});
  }
  return item;
}

std::vector<ItemSeries> QuietItems(std::size_t count, std::int64_t cadence,
                                   std::mt19937_64& random) {
  std::vector<ItemSeries> items;
  for (std::size_t i = 0; i < count; ++i) {
    const auto noise = static_cast<Noise>(i % kNoises);
    items.push_back(Quiet(i + 1, noise, cadence, random));
  }
  return items;
}

RankOptions AtOnset() { return {.onset = kOnset, .until = kOnset + 10}; }

void Move(ItemSeries& item, std::int64_t from, double value) {
  for (auto& point : item.points) {
    if (point.clock >= from) point.value = value;
  }
}

class QuietOnsetsTest : public testing::TestWithParam<std::int64_t> {};

TEST_P(QuietOnsetsTest, NameAnItemInFivePercentAtMost) {
  std::mt19937_64 random(4711);
  int named = 0;
  for (int onset = 0; onset < 200; ++onset) {
    const auto ranked = RankItems(QuietItems(120, GetParam(), random), AtOnset());
    named += std::ranges::any_of(ranked, &Ranked::significant);
  }
  EXPECT_LE(named, 10);
}

INSTANTIATE_TEST_SUITE_P(Cadences, QuietOnsetsTest, testing::Values(10, 30, 60));

class OneKindOfNoiseTest : public testing::TestWithParam<int> {};

TEST_P(OneKindOfNoiseTest, NamesAnItemInFivePercentOfQuietOnsetsAtMost) {
  std::mt19937_64 random(815);
  int named = 0;
  for (int onset = 0; onset < 60; ++onset) {
    std::vector<ItemSeries> items;
    for (std::uint64_t i = 1; i <= 100; ++i) {
      items.push_back(Quiet(i, static_cast<Noise>(GetParam()), 30, random));
    }
    named += std::ranges::any_of(RankItems(items, AtOnset()), &Ranked::significant);
  }
  EXPECT_LE(named, 3);
}

INSTANTIATE_TEST_SUITE_P(Noises, OneKindOfNoiseTest, testing::Range(0, kNoises));

class MovedItemTest : public testing::TestWithParam<std::int64_t> {};

TEST_P(MovedItemTest, IsFirstAmongManyWithItsLeadTime) {
  int missed = 0;  // a spiky item may have its first two spikes just now
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    auto items = QuietItems(120, GetParam(), random);
    auto& load = items[0];
    const auto moved = std::max<std::int64_t>(40, 3 * GetParam() / 2);  // s before the onset
    Move(load, kOnset - moved, 12.4);
    if (kOnset - moved + GetParam() > load.points.back().clock) continue;  // seen once: no proof
    const auto ranked = RankItems(items, AtOnset());
    if (ranked[0].itemid != 1 || !ranked[0].significant) {
      ++missed;
      continue;
    }
    EXPECT_EQ(ranked[0].peak, 12.4);
    EXPECT_LT(ranked[0].usual_low, 1.0);
    EXPECT_GT(ranked[0].usual_high, 1.3);
    EXPECT_LE(std::abs(ranked[0].first_offset + moved), GetParam());
  }
  EXPECT_LE(missed, 1);
}

INSTANTIATE_TEST_SUITE_P(Cadences, MovedItemTest, testing::Values(10, 30, 60));

TEST(RankItemsTest, AnItemThatFellIsNamedAsFallen) {
  std::mt19937_64 random(1);
  auto items = QuietItems(100, 10, random);
  Move(items[0], kOnset - 20, -5);
  const auto ranked = RankItems(items, AtOnset());
  EXPECT_EQ(ranked[0].itemid, 1U);
  EXPECT_TRUE(ranked[0].significant);
  EXPECT_FALSE(ranked[0].Rose());
}

TEST(RankItemsTest, SpikesAsInThePastAreNotNamed) {
  std::mt19937_64 random(1);
  auto item = Quiet(1, Noise::kGaussian, 10, random);
  for (std::size_t i = 5; i < item.points.size(); i += 36) item.points[i].value = 14;
  item.points[item.points.size() - 3].value = 14;
  const std::vector items = {item};
  EXPECT_FALSE(RankItems(items, AtOnset())[0].significant);
}

TEST(RankItemsTest, ALoneValueIsNoProof) {
  std::mt19937_64 random(1);
  auto item = Quiet(1, Noise::kGaussian, 10, random);
  item.points.back().value = 14;
  EXPECT_FALSE(RankItems({{item}}, AtOnset())[0].significant);
}

TEST(RankItemsTest, AMachineThatMovesAsAWholeIsNamedWhole) {
  std::mt19937_64 random(3);
  std::vector<ItemSeries> items;
  for (std::uint64_t i = 1; i <= 40; ++i) items.push_back(Quiet(i, Noise::kGaussian, 10, random));
  for (auto& item : items) Move(item, kOnset - 30, 12);
  EXPECT_TRUE(std::ranges::all_of(RankItems(items, AtOnset()), &Ranked::significant));
}

TEST(RankItemsTest, AConstantThatMovesByATouchIsNotNamed) {
  std::mt19937_64 random(1);
  auto item = Quiet(1, Noise::kConstant, 10, random);
  Move(item, kOnset - 20, 4097);
  EXPECT_FALSE(RankItems({{item}}, AtOnset())[0].significant);
}

TEST(RankItemsTest, AConstantThatIsGoneIsNamed) {
  std::mt19937_64 random(1);
  auto item = Quiet(1, Noise::kConstant, 10, random);
  Move(item, kOnset - 20, 0);
  EXPECT_TRUE(RankItems({{item}}, AtOnset())[0].significant);
}

TEST(RankItemsTest, FewValuesNameNothing) {
  ItemSeries item{1, {}};
  for (std::int64_t i = 0; i < 15; ++i) item.points.push_back({kOnset - 600 + i * 20, 1.0});
  item.points.push_back({kOnset, 1000});
  const auto ranked = RankItems({{item}}, AtOnset());
  EXPECT_EQ(ranked[0].p_value, 1);
  EXPECT_FALSE(ranked[0].significant);
}

TEST(RankItemsTest, NoItemsAreNoRanks) { EXPECT_TRUE(RankItems({}, AtOnset()).empty()); }

TEST(DescribeMoveTest, SaysItInWords) {
  Ranked moved;
  moved.peak = 12.4;
  moved.usual_low = 0.8;
  moved.usual_high = 1.5;
  moved.first_offset = -40;
  EXPECT_EQ(DescribeMove(moved, "CPU load on web-1", "", "the errors"),
            "CPU load on web-1 rose to 12.4 from a usual 0.8–1.5, 40 s before the errors");
  moved.peak = 0.01;
  moved.first_offset = 10;
  EXPECT_EQ(DescribeMove(moved, "CPU load on web-1", "", "the errors"),
            "CPU load on web-1 fell to 0.01 from a usual 0.8–1.5, 10 s after the errors");
  moved.first_offset = 0;
  moved.usual_high = 0.8;
  EXPECT_EQ(DescribeMove(moved, "CPU load on web-1", "", "the errors"),
            "CPU load on web-1 fell to 0.01 from a usual 0.8, together with the errors");
}

TEST(DescribeMoveTest, HasTheUnitsOfTheItem) {
  Ranked moved;
  moved.peak = 97;
  moved.usual_low = 3;
  moved.usual_high = 5;
  moved.first_offset = -40;
  EXPECT_EQ(DescribeMove(moved, "CPU on web-1", "%", "the errors"),
            "CPU on web-1 rose to 97 % from a usual 3–5 %, 40 s before the errors");
  moved.peak = 3.0 * 1024 * 1024 * 1024;
  moved.usual_low = 900.0 * 1024 * 1024;
  moved.usual_high = 1.5 * 1024 * 1024 * 1024;
  EXPECT_EQ(DescribeMove(moved, "Memory on web-1", "B", "the errors"),
            "Memory on web-1 rose to 3 GB from a usual 900 MB–1.5 GB, 40 s before the errors");
}

}  // namespace
}  // namespace mon::correlator
