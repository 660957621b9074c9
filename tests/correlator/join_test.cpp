#include "correlator/join.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace mon::correlator {

void PrintTo(const IndexRange& range, std::ostream* out) {
  *out << "[" << range.first << ", " << range.last << ")";
}

namespace {

using std::chrono_literals::operator""s;
using testing::ElementsAre;
using testing::IsEmpty;
using Times = std::vector<std::int64_t>;
using Seconds = std::chrono::seconds;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr Seconds kEver = Seconds(kMax);

std::vector<std::size_t> Nearest(const Times& application, const Times& clocks, Seconds window) {
  std::vector<std::size_t> out(application.size());
  JoinNearest(application, clocks, window, out);
  return out;
}

std::vector<IndexRange> All(const Times& application, const Times& clocks, Seconds window) {
  std::vector<IndexRange> out(application.size());
  JoinAll(application, clocks, window, out);
  return out;
}

TEST(JoinNearestTest, TakesTheNearestValue) {
  EXPECT_THAT(Nearest({100}, {91, 97, 104, 109}, 10s), ElementsAre(1));
  EXPECT_THAT(Nearest({100}, {91, 104, 109}, 10s), ElementsAre(1));
  EXPECT_THAT(Nearest({100}, {100}, 10s), ElementsAre(0));
}

TEST(JoinNearestTest, TakesTheEarlierOnATie) {
  EXPECT_THAT(Nearest({100}, {95, 105}, 10s), ElementsAre(0));
  EXPECT_THAT(Nearest({100}, {90, 95, 95, 95, 105}, 10s), ElementsAre(1));
  EXPECT_THAT(Nearest({100}, {100, 100}, 10s), ElementsAre(0));
}

TEST(JoinNearestTest, KeepsValuesOnBothEdgesOfTheWindow) {
  EXPECT_THAT(Nearest({100}, {90}, 10s), ElementsAre(0));
  EXPECT_THAT(Nearest({100}, {110}, 10s), ElementsAre(0));
  EXPECT_THAT(Nearest({100}, {89}, 10s), ElementsAre(kNoMatch));
  EXPECT_THAT(Nearest({100}, {111}, 10s), ElementsAre(kNoMatch));
}

TEST(JoinNearestTest, AWindowOfZeroMatchesTheSameSecond) {
  EXPECT_THAT(Nearest({99, 100, 101}, {100}, 0s), ElementsAre(kNoMatch, 0, kNoMatch));
}

TEST(JoinNearestTest, MatchesOneValueToSeveralSamples) {
  EXPECT_THAT(Nearest({95, 100, 100, 105}, {101}, 10s), ElementsAre(0, 0, 0, 0));
}

TEST(JoinNearestTest, TakesEmptySeries) {
  EXPECT_THAT(Nearest({}, {1, 2}, 10s), IsEmpty());
  EXPECT_THAT(Nearest({1, 2}, {}, 10s), ElementsAre(kNoMatch, kNoMatch));
}

TEST(JoinNearestTest, DoesNotOverflow) {
  EXPECT_THAT(Nearest({kMin, 0, kMax}, {kMin, kMax}, 10s), ElementsAre(0, kNoMatch, 1));
  EXPECT_THAT(Nearest({kMin, -1, 0, 1, kMax}, {kMin, kMax}, kEver), ElementsAre(0, 0, 1, 1, 1));
  EXPECT_THAT(Nearest({kMin}, {kMax}, kEver), ElementsAre(kNoMatch));
}

TEST(JoinAllTest, TakesEveryValueWithinTheWindow) {
  EXPECT_THAT(All({100}, {89, 90, 100, 100, 110, 111}, 10s), ElementsAre(IndexRange{1, 5}));
}

TEST(JoinAllTest, WindowsMayOverlapOrMatchNothing) {
  EXPECT_THAT(All({100, 105, 200, 300}, {96, 104, 299}, 10s),
              ElementsAre(IndexRange{0, 2}, IndexRange{0, 2}, IndexRange{2, 2}, IndexRange{2, 3}));
}

TEST(JoinAllTest, DoesNotOverflow) {
  EXPECT_THAT(All({kMin, 0, kMax}, {kMin, kMax}, 10s),
              ElementsAre(IndexRange{0, 1}, IndexRange{1, 1}, IndexRange{1, 2}));
  EXPECT_THAT(All({kMin, 0, kMax}, {kMin, 0, kMax}, kEver),
              ElementsAre(IndexRange{0, 1}, IndexRange{1, 3}, IndexRange{1, 3}));
}

/// The definition of a match, written down without any cleverness. Differences of the times used
/// below fit.
bool Within(std::int64_t t, std::int64_t clock, Seconds window) {
  return std::abs(clock - t) <= window.count();
}

std::size_t NaiveNearest(std::int64_t t, const Times& clocks, Seconds window) {
  std::size_t best = kNoMatch;
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    if (!Within(t, clocks[i], window)) continue;
    if (best == kNoMatch || std::abs(clocks[i] - t) < std::abs(clocks[best] - t)) best = i;
  }
  return best;
}

std::vector<std::size_t> NaiveAll(std::int64_t t, const Times& clocks, Seconds window) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < clocks.size(); ++i) {
    if (Within(t, clocks[i], window)) found.push_back(i);
  }
  return found;
}

/// By a search for each sample, which knows nothing of the others.
std::size_t SearchedNearest(std::int64_t time, const Times& clocks, std::int64_t window) {
  const auto after = std::ranges::lower_bound(clocks, time);
  auto best = after;
  if (after != clocks.begin()) {
    const auto before = std::ranges::lower_bound(clocks, *std::prev(after));
    if (after == clocks.end() || time - *before <= *after - time) best = before;
  }
  if (best == clocks.end() || std::abs(*best - time) > window) return kNoMatch;
  return static_cast<std::size_t>(best - clocks.begin());
}

TEST(JoinPropertyTest, LongSeriesAreJoinedWholeHoweverTheyLie) {
  std::mt19937 random(7);
  const auto series = [&](std::size_t count, std::int64_t from, std::int64_t span) {
    std::uniform_int_distribution<std::int64_t> time(from, from + span);
    Times times(count);
    for (std::int64_t& t : times) t = time(random);
    std::ranges::sort(times);
    return times;
  };
  const Times samples = series(50'001, 1'000'000, 200'000);
  for (const auto& clocks : {series(40'003, 1'000'000, 200'000), series(40'003, 1'150'000, 200'000),
                             series(40'003, 900'000, 150'000), series(70'000, 1'090'000, 1'000),
                             series(3, 1'000'000, 200'000), series(1, 1'100'000, 0)}) {
    const auto nearest = Nearest(samples, clocks, 10s);
    for (std::size_t i = 0; i < samples.size(); ++i)
      ASSERT_EQ(nearest[i], SearchedNearest(samples[i], clocks, 10)) << i << ", " << clocks.size();
  }
}

TEST(JoinPropertyTest, AgreesWithTheNaiveJoinOnRandomSeries) {
  std::mt19937 random(20250615);
  const auto below = [&](std::int64_t bound) {
    return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(random);
  };
  const auto series = [&](std::int64_t span) {
    Times times(static_cast<std::size_t>(below(60)));
    for (std::int64_t& t : times) t = below(span);
    std::ranges::sort(times);
    return times;
  };
  for (int round = 0; round < 3'000; ++round) {
    const std::int64_t span = 1 + below(400);  // small spans: many equal times and ties
    const Times application = series(span);
    const Times clocks = series(span);
    const Seconds window(below(25));
    const auto nearest = Nearest(application, clocks, window);
    const auto all = All(application, clocks, window);
    for (std::size_t i = 0; i < application.size(); ++i) {
      ASSERT_EQ(nearest[i], NaiveNearest(application[i], clocks, window)) << "round " << round;
      std::vector<std::size_t> range;
      for (std::size_t j = all[i].first; j < all[i].last; ++j) range.push_back(j);
      ASSERT_EQ(range, NaiveAll(application[i], clocks, window)) << "round " << round;
    }
  }
}

TEST(JoinPropertyTest, LongRunsOfEqualTimesStayOnePass) {
  const Times application(50'000, 100);
  const Times clocks(50'000, 95);
  // Walking back the run for every sample would take 2.5e9 steps.
  EXPECT_THAT(Nearest(application, clocks, 10s), testing::Each(0));
}

}  // namespace
}  // namespace mon::correlator
