#include "detector/host_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

// All metrics of a host as one: what many do a little, what one does alone, and metrics that come
// and go.

namespace mon::detector {
namespace {

using testing::Each;
using testing::Field;
using testing::Ge;
using testing::Gt;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kBegin = 1'750'000'000;
constexpr std::int64_t kMinute = 60;
constexpr int kDay = 1440;

/// A host whose metrics are noise around 50, each by itself.
class Host {
 public:
  explicit Host(std::size_t metrics) {
    for (std::uint64_t metric = 1; metric <= metrics; ++metric) metrics_.push_back(metric);
  }

  /// The next minute, in which the first `moved` metrics are `shift` standard deviations higher.
  const HostView& Next(HostWatch& watch, double shift = 0, std::size_t moved = 1000) {
    row_.clear();
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      row_.push_back({metrics_[i], 50 + noise_(random_) + (i < moved ? shift : 0)});
    }
    time_ += kMinute;
    return watch.Next(time_, row_);
  }

  /// How many of `minutes` begin an incident.
  int Incidents(HostWatch& watch, int minutes, double shift = 0, std::size_t moved = 1000) {
    int begun = 0;
    for (int i = 0; i < minutes; ++i) {
      const bool before = watch.View().odd;
      if (Next(watch, shift, moved).odd && !before) ++begun;
    }
    return begun;
  }

  void Pass(std::int64_t seconds) { time_ += seconds; }
  void Replace(std::size_t index, std::uint64_t metric) {
    metrics_[index] = metric;
    std::ranges::sort(metrics_);
  }
  [[nodiscard]] std::int64_t Time() const { return time_; }

 private:
  std::vector<std::uint64_t> metrics_;
  std::vector<HostValue> row_;
  std::mt19937_64 random_{7};
  std::normal_distribution<double> noise_;
  std::int64_t time_ = kBegin;
};

TEST(HostWatchTest, LearnsThenKnowsAndIsQuietOnUsualDays) {
  HostWatch watch;
  Host host(40);
  EXPECT_FALSE(host.Next(watch).known);
  EXPECT_EQ(host.Incidents(watch, 3 * kDay), 0);
  EXPECT_TRUE(watch.View().known);
}

TEST(HostWatchTest, ManyThatMoveALittleAreOneIncidentUntilTheyAreBack) {
  HostWatch watch;
  Host host(40);
  host.Incidents(watch, 3 * kDay);
  EXPECT_EQ(host.Incidents(watch, 30, 3), 1);
  const auto& view = watch.View();
  EXPECT_TRUE(view.odd) << "while it lasts";
  EXPECT_EQ(view.since, host.Time() - 29 * kMinute);
  EXPECT_EQ(view.metrics, 40U);
  EXPECT_THAT(view.unusual, Gt(10U));
  EXPECT_THAT(view.parts, SizeIs(HostWatch::kMostParts));
  EXPECT_THAT(view.parts, Each(Field(&HostPart::seen, Gt(50.0))));
  EXPECT_TRUE(std::ranges::is_sorted(view.parts, std::greater(), &HostPart::share));
  EXPECT_THAT(view.strength, Ge(1.0));
  EXPECT_EQ(watch.ChangedAt(), view.since);
  EXPECT_EQ(host.Incidents(watch, 30), 0);
  EXPECT_FALSE(watch.View().odd);
}

TEST(HostWatchTest, WhatOneOfManyDoesAloneIsNone) {
  HostWatch watch;
  Host host(40);
  host.Incidents(watch, 3 * kDay);
  EXPECT_EQ(host.Incidents(watch, 30, 6, 1), 0);
}

TEST(HostWatchTest, OfFewMetricsNoneMakesAnIncidentAlone) {
  HostWatch watch;
  Host host(5);
  host.Incidents(watch, 3 * kDay);
  EXPECT_EQ(host.Incidents(watch, 30, 12, 1), 0);
  host.Incidents(watch, kDay);
  EXPECT_EQ(host.Incidents(watch, 30, 4), 1);
}

TEST(HostWatchTest, LevelThatStaysForADayIsTheUsualOne) {
  HostWatch watch;
  Host host(20);
  host.Incidents(watch, 3 * kDay);
  EXPECT_EQ(host.Incidents(watch, kDay - 1, 5), 1);
  host.Incidents(watch, 2, 5);
  EXPECT_FALSE(watch.View().odd);
}

TEST(HostWatchTest, MetricsComeAndGoWithoutAnIncident) {
  HostWatch watch;
  Host host(20);
  host.Incidents(watch, 2 * kDay);
  for (std::size_t i = 0; i < 10; ++i) host.Replace(0, 100 + i);
  EXPECT_EQ(host.Incidents(watch, kDay), 0);
  EXPECT_THAT(watch.SaveMetrics(), SizeIs(30));
  host.Pass(15 * 86'400);
  host.Next(watch);
  host.Next(watch);
  EXPECT_THAT(watch.SaveMetrics(), SizeIs(20)) << "what was gone for two weeks is forgotten";
}

TEST(HostWatchTest, NewMetricHasNoPartUntilItHasLearnt) {
  HostWatch watch;
  Host host(20);
  host.Incidents(watch, 2 * kDay);
  host.Replace(0, 100);
  host.Incidents(watch, 5, 5);
  ASSERT_TRUE(watch.View().odd);
  EXPECT_EQ(watch.View().metrics, 19U);
}

TEST(HostWatchTest, RowWithoutAnyValueIsUnknown) {
  HostWatch watch;
  Host host(20);
  host.Incidents(watch, kDay);
  ASSERT_TRUE(watch.View().known);
  EXPECT_FALSE(watch.Next(host.Time() + kMinute, {}).known);
  const HostValue gap{1, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_FALSE(watch.Next(host.Time() + 2 * kMinute, {&gap, 1}).known);
}

TEST(HostWatchTest, WhatWasNormalIsNotRaisedAgain) {
  HostWatch watch;
  Host host(40);
  host.Incidents(watch, 3 * kDay);
  host.Incidents(watch, 10, 3);
  ASSERT_TRUE(watch.View().odd);
  watch.Accept(watch.View().strength, watch.View().since - 1);
  ASSERT_TRUE(watch.View().odd) << "it began later";
  watch.Accept(watch.View().strength, watch.View().since);
  EXPECT_FALSE(watch.View().odd);
  host.Incidents(watch, kDay);
  EXPECT_EQ(host.Incidents(watch, 10, 3), 0);
}

/// Both go on with the same rows.
void ExpectSame(const HostWatch& a, const HostWatch& b) {
  EXPECT_EQ(a.Save(), b.Save());
  EXPECT_EQ(a.SaveMetrics(), b.SaveMetrics());
}

HostWatch Reloaded(const HostWatch& watch) {
  const auto states = watch.SaveMetrics();
  std::map<std::uint64_t, std::string_view> metrics(states.begin(), states.end());
  return HostWatch::Load(watch.Save(), metrics).value();
}

TEST(HostWatchTest, SameBitsOverSaveAndLoadAlsoWithinAnIncident) {
  HostWatch watch;
  Host host(20);
  host.Incidents(watch, 2 * kDay);
  host.Incidents(watch, 5, 5);
  ASSERT_TRUE(watch.View().odd);
  HostWatch loaded = Reloaded(watch);
  ExpectSame(watch, loaded);
  EXPECT_EQ(loaded.View().parts.size(), watch.View().parts.size());
  EXPECT_EQ(loaded.ChangedAt(), watch.ChangedAt());
  Host twin = host;
  host.Incidents(watch, 100);
  twin.Incidents(loaded, 100);
  ExpectSame(watch, loaded);
}

TEST(HostWatchTest, StatesOfOthersAreRefused) {
  HostWatch watch;
  Host host(2);
  host.Next(watch);
  EXPECT_FALSE(HostWatch::Load("of nobody", {}));
  const std::map<std::uint64_t, std::string_view> damaged = {{1, "of nobody"}};
  EXPECT_FALSE(HostWatch::Load(watch.Save(), damaged));
  const auto states = watch.SaveMetrics();
  EXPECT_LT(states.at(1).size(), 10'200U) << "of a metric";
  EXPECT_LT(watch.Save().size(), 1'000U) << "of the host";
}

}  // namespace
}  // namespace mon::detector
