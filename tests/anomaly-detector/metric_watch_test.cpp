#include "detector/metric_watch.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace mon::detector {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kSpacing = 300;
constexpr std::int64_t kOfDay = 288;  ///< values

/// Two weeks of 50 and a bit of noise, by day 20 more, and then what a test adds.
class MetricWatchTest : public testing::Test {
 protected:
  MetricWatchTest() {
    for (int i = 0; i < 14 * kOfDay; ++i) (void)Next(Usual());
  }

  double Usual() {
    const double day = static_cast<double>(row_ % kOfDay) / kOfDay;
    return 50 + 20 * std::sin(2 * std::numbers::pi * day) + noise_(random_);
  }

  WatchView Next(double value) { return watch_.Next(kSpacing * row_++, value); }

  MetricWatch watch_;
  std::int64_t row_ = 5'800'000;
  std::mt19937 random_{1};
  std::normal_distribution<double> noise_{0, 1};
};

TEST_F(MetricWatchTest, IncidentLastsUntilValuesAreAsExpectedAgain) {
  EXPECT_FALSE(Next(Usual()).odd);
  for (int i = 0; i < 20; ++i) {
    const WatchView view = Next(Usual() + 60);
    EXPECT_TRUE(view.known && view.odd) << i;
    EXPECT_GT(view.explanation.seen, view.explanation.high);
    EXPECT_EQ(view.explanation.since, kSpacing * (row_ - 1 - i)) << "where it began";
    EXPECT_GT(view.strength, 1);
  }
  EXPECT_FALSE(Next(Usual()).odd);
  EXPECT_FALSE(Next(Usual()).odd);
}

TEST_F(MetricWatchTest, SentenceSaysWhatIsSeenNow) {
  (void)Next(140);
  EXPECT_THAT(Sentence(Next(150).explanation), HasSubstr("saw 150"));
}

TEST_F(MetricWatchTest, FallsAreIncidentsAsWell) {
  const WatchView view = Next(-40);
  EXPECT_TRUE(view.odd);
  EXPECT_LT(view.explanation.seen, view.explanation.low);
}

TEST_F(MetricWatchTest, LevelThatStaysForADayIsTheUsualOne) {
  int odd = 0;
  for (int i = 0; i < 3 * kOfDay; ++i) odd += Next(Usual() + 100).odd ? 1 : 0;
  EXPECT_EQ(odd, kOfDay);
}

TEST_F(MetricWatchTest, GapsAreUnknownAndEndNothing) {
  ASSERT_TRUE(Next(140).odd);
  EXPECT_FALSE(Next(std::numeric_limits<double>::quiet_NaN()).known);
  EXPECT_TRUE(Next(140).odd);
}

TEST_F(MetricWatchTest, NothingIsKnownWhileItLearns) {
  MetricWatch young;
  EXPECT_FALSE(young.View().known);
  for (int i = 0; i < 29; ++i) EXPECT_FALSE(young.Next(60 * i, i == 20 ? 1e6 : 1).known);
}

TEST_F(MetricWatchTest, WhatIsAcceptedIsOverAndDoesNotComeAgain) {
  const WatchView view = Next(140);
  ASSERT_TRUE(view.odd);
  watch_.Accept(view.strength, watch_.ChangedAt());
  EXPECT_FALSE(Next(140).odd);
  for (int i = 0; i < kOfDay; ++i) (void)Next(Usual());
  EXPECT_FALSE(Next(140).odd);
}

TEST_F(MetricWatchTest, WhatIsAcceptedIsNoIncidentThatBeganLater) {
  ASSERT_TRUE(Next(140).odd);
  watch_.Accept(1, watch_.ChangedAt() - 1);
  EXPECT_TRUE(watch_.View().odd);
}

TEST_F(MetricWatchTest, ManyAlertsAMonthNameABandThatTheValueIsOutsideOf) {
  MetricWatch eager(Setting{.alerts_per_month = 100});
  int odd = 0;
  for (int i = 0; i < 30 * kOfDay; ++i) {
    const WatchView view = eager.Next(kSpacing * row_++, Usual());
    if (!view.odd) continue;
    ++odd;
    const Explanation& why = view.explanation;
    ASSERT_TRUE(why.seen < why.low || why.seen > why.high) << Sentence(why);
  }
  EXPECT_GT(odd, 10);
}

TEST_F(MetricWatchTest, LoadedStateGoesOnWithTheSameBits) {
  (void)Next(140);
  auto loaded = MetricWatch::Load(watch_.Save());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_TRUE(loaded->View().odd);
  EXPECT_EQ(loaded->View().explanation.seen, 140);
  for (int i = 0; i < 2 * kOfDay; ++i) {
    const double value = Usual() + (i < 10 ? 90 : 0);
    const std::int64_t time = kSpacing * row_;
    (void)Next(value);
    (void)loaded->Next(time, value);
    ASSERT_EQ(watch_.Save(), loaded->Save()) << i;
  }
}

TEST_F(MetricWatchTest, ForeignBytesAreRefused) {
  std::string state = watch_.Save();
  state[100] ^= 1;
  EXPECT_EQ(MetricWatch::Load(state).error().code, ErrorCode::kInvalidData);
  EXPECT_EQ(MetricWatch::Load("").error().code, ErrorCode::kInvalidData);
  EXPECT_EQ(MetricWatch::Load(MetricDetector().Save()).error().code, ErrorCode::kInvalidData);
}

}  // namespace
}  // namespace mon::detector
