#include "detector/metric_detector.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

namespace mon::detector {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kBegin = 1'750'000'000;
constexpr std::int64_t kSpacing = 300;
constexpr std::int64_t kOfDay = 288;  ///< values

/// 50 and a bit of noise, by day 20 more.
class Healthy {
 public:
  double operator()(std::int64_t i) {
    const double day = static_cast<double>(i % kOfDay) / kOfDay;
    return 50 + 20 * std::sin(2 * std::numbers::pi * day) + noise_(random_);
  }

 private:
  std::mt19937 random_{1};
  std::normal_distribution<double> noise_{0, 1};
};

/// A detector, and values for it, one each five minutes.
class Stream {
 public:
  explicit Stream(MetricDetector detector = MetricDetector()) : detector_(std::move(detector)) {}

  Judgement Next(double value) { return detector_.Next(kBegin + kSpacing * row_++, value); }

  /// Alerts raised in so many rows.
  int Raised(std::int64_t rows, const std::function<double(std::int64_t)>& value) {
    int raised = 0;
    for (std::int64_t i = 0; i < rows; ++i) raised += Next(value(row_)).raised ? 1 : 0;
    return raised;
  }

  MetricDetector& Detector() { return detector_; }

 private:
  MetricDetector detector_;
  std::int64_t row_ = 0;
};

Stream AfterDays(std::int64_t days, Setting setting = {}) {
  Stream stream{MetricDetector(setting)};
  (void)stream.Raised(days * kOfDay, Healthy());
  return stream;
}

TEST(MetricDetectorTest, ScoresZeroWhileItLearns) {
  Stream stream;
  Healthy healthy;
  for (std::int64_t i = 0; i < kOfDay; ++i) {
    const Judgement judgement = stream.Next(i == 200 ? 1e6 : healthy(i));
    ASSERT_TRUE(judgement.learning) << i;
    ASSERT_EQ(judgement.score, 0) << i;
    ASSERT_FALSE(judgement.raised) << i;
  }
  EXPECT_FALSE(stream.Next(healthy(0)).learning) << "after a day";
}

TEST(MetricDetectorTest, IsQuietOnAHealthyMetric) {
  Stream stream;
  EXPECT_LE(stream.Raised(30 * kOfDay, Healthy()), 2);
}

TEST(MetricDetectorTest, RaisesOnceWhatLastsAndSaysWhy) {
  Stream stream = AfterDays(14);
  const Judgement judgement = stream.Next(140);
  EXPECT_TRUE(judgement.raised);
  EXPECT_GT(judgement.score, 0.5);
  EXPECT_THAT(Sentence(stream.Detector().Why()),
              AllOf(HasSubstr("expected "), HasSubstr("saw 140, ")));
  EXPECT_EQ(stream.Raised(100, [](std::int64_t) { return 140; }), 0);
}

TEST(MetricDetectorTest, SeesWhatIsUsualOnlyAtAnotherTimeOfTheDay) {
  Stream stream = AfterDays(14);
  (void)stream.Raised(kOfDay / 4, Healthy());  // to the top of the day
  EXPECT_EQ(stream.Raised(6, [](std::int64_t) { return 35; }), 1);
  EXPECT_THAT(Sentence(stream.Detector().Why()), HasSubstr("at this time of the day, saw 35"));
}

TEST(MetricDetectorTest, AnOutlierDoesNotHideWhatComesAfterIt) {
  Stream stream;
  std::mt19937 random(1);
  const auto usual = [&](std::int64_t) { return 50 + static_cast<double>(random() % 100) / 10; };
  (void)stream.Raised(7 * kOfDay, usual);
  ASSERT_TRUE(stream.Next(2000).raised);
  (void)stream.Raised(3 * kOfDay, usual);
  EXPECT_TRUE(stream.Next(400).raised);
  EXPECT_EQ(stream.Detector().Why().reason, Reason::kGap);
  EXPECT_GE(stream.Detector().Why().low, -100);
  EXPECT_LE(stream.Detector().Why().high, 300);
  (void)stream.Raised(3 * kOfDay, usual);
  EXPECT_FALSE(stream.Next(410).raised) << "that came before";
}

TEST(MetricDetectorTest, AcceptsANewLevelThatLasts) {
  Stream stream = AfterDays(7);
  Healthy healthy;
  const auto higher = [&](std::int64_t i) { return 200 + healthy(i); };
  EXPECT_GE(stream.Raised(3 * kOfDay, higher), 1);
  EXPECT_LE(stream.Raised(14 * kOfDay, higher), 1);
}

TEST(MetricDetectorTest, AConstantMetricIsQuietUntilItChanges) {
  for (const double constant : {0.0, 1.0, -7.25, 1e100, 5e-324}) {
    Stream stream;
    EXPECT_EQ(stream.Raised(3 * kOfDay, [&](std::int64_t) { return constant; }), 0) << constant;
    EXPECT_TRUE(stream.Next(2 * constant + 1).raised) << constant;
  }
}

TEST(MetricDetectorTest, TheLastDigitsOfANearlyConstantMetricAreNothing) {
  Stream stream;
  EXPECT_EQ(stream.Raised(3 * kOfDay, [](std::int64_t) { return 1e6; }), 0);
  EXPECT_EQ(
      stream.Raised(kOfDay, [](std::int64_t i) { return 1e6 + 1e-4 * static_cast<double>(i % 7); }),
      0);
}

TEST(MetricDetectorTest, AGapScoresZeroAndIsForgotten) {
  Stream stream = AfterDays(3);
  for (const double gap : {kNan, kInfinity, -kInfinity}) {
    const Judgement judgement = stream.Next(gap);
    EXPECT_EQ(judgement.score, 0);
    EXPECT_FALSE(judgement.raised);
    EXPECT_EQ(Sentence(stream.Detector().Why()), "");
  }
  EXPECT_FALSE(stream.Next(50).raised);
}

TEST(MetricDetectorTest, ALongHoleIsNoAnomaly) {
  MetricDetector detector;
  Healthy healthy;
  for (std::int64_t i = 0; i < 5 * kOfDay; ++i) {
    (void)detector.Next(kBegin + kSpacing * i, healthy(i));
  }
  for (std::int64_t i = 8 * kOfDay + kOfDay / 2; i < 10 * kOfDay; ++i) {
    ASSERT_FALSE(detector.Next(kBegin + kSpacing * i, healthy(i)).raised) << i;
  }
}

TEST(MetricDetectorTest, ScoresStayWithinZeroAndOneWhateverComes) {
  const std::vector<double> odd = {0,     1,    -1,     1e308,  -1e308,    5e-324, -5e-324, 1e-310,
                                   1e150, kNan, 1e-150, -1e200, kInfinity, 3,      1e16};
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    MetricDetector detector;
    std::int64_t time = 0;
    for (int i = 0; i < 3000; ++i) {
      time += static_cast<std::int64_t>(random() % 600) - 20;
      const double value =
          random() % 3 == 0 ? odd[random() % odd.size()] : static_cast<double>(random() % 9);
      const Judgement judgement = detector.Next(time, value);
      ASSERT_THAT(judgement.score, AllOf(Ge(0), Le(1))) << i;
      ASSERT_EQ(judgement.raised, judgement.score > 0.5) << i;
      ASSERT_TRUE(std::isfinite(detector.Why().per_month)) << i;
    }
  }
}

TEST(MetricDetectorTest, TimesMayBeAnything) {
  MetricDetector detector;
  for (const std::int64_t time :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
        std::int64_t{0}, std::int64_t{-1}, std::int64_t{5}}) {
    for (int i = 0; i < 100; ++i) ASSERT_EQ(detector.Next(time, 1).score > 0.5, false);
  }
}

TEST(MetricDetectorTest, ACounterIsJudgedByItsRateAndItsRestartIsNoAlert) {
  Stream stream;
  Healthy healthy;
  double total = 0;
  const auto counted = [&](std::int64_t i) { return total += std::abs(healthy(i)); };
  EXPECT_EQ(stream.Raised(5 * kOfDay, counted), 0);
  total = 0;
  EXPECT_EQ(stream.Raised(kOfDay, counted), 0);
  EXPECT_TRUE(stream.Next(total + 3000).raised);
  EXPECT_THAT(Sentence(stream.Detector().Why()), HasSubstr(" a second, saw 10, "));
}

TEST(MetricDetectorTest, MoreAlertsAMonthMeansALowerLimit) {
  std::vector<int> raised;
  for (const double alerts : {0.1, 1.0, 10.0, 100.0}) {
    Stream stream{MetricDetector(Setting{.alerts_per_month = alerts})};
    raised.push_back(stream.Raised(60 * kOfDay, Healthy()));
  }
  EXPECT_LE(raised[0], raised[1]);
  EXPECT_LE(raised[1], 10);  // asked for: 2
  EXPECT_THAT(raised[2], AllOf(Ge(4), Le(100))) << "asked for: 20";
  EXPECT_THAT(raised[3], AllOf(Ge(40), Le(1000))) << "asked for: 200";
}

TEST(MetricDetectorTest, WhatWasNormalIsNotRaisedAgain) {
  Stream stream = AfterDays(14);
  Stream untold = stream;
  ASSERT_TRUE(stream.Next(140).raised);
  stream.Detector().Accept(stream.Detector().Strength());
  ASSERT_TRUE(untold.Next(140).raised);
  // A spike that is clearly more than the one before.
  const auto again = [](Stream& one) {
    (void)one.Raised(2 * kOfDay, Healthy());
    return one.Next(160).raised;
  };
  EXPECT_FALSE(again(stream));
  EXPECT_TRUE(again(untold));
}

/// Rows with all that has a state of its own: seasons, gaps, a spike, a new level.
std::vector<double> Eventful() {
  Healthy healthy;
  std::vector<double> values;
  for (std::int64_t i = 0; i < 8 * kOfDay; ++i) {
    double value = healthy(i);
    if (i % 97 == 5) value = kNan;
    if (i == 1000 || i == 1500) value = 300;
    if (i == 1600) value = 180;  // between the spikes and all else
    if (i > 1700) value += 100;
    values.push_back(value);
  }
  return values;
}

TEST(MetricDetectorTest, SavedAndLoadedItGoesOnWithTheSameBits) {
  const std::vector<double> values = Eventful();
  MetricDetector whole;
  MetricDetector broken;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t time = kBegin + kSpacing * static_cast<std::int64_t>(i);
    if (i % 13 == 0) {
      Result<MetricDetector> loaded = MetricDetector::Load(broken.Save());
      ASSERT_TRUE(loaded) << loaded.error().message;
      broken = *std::move(loaded);
    }
    ASSERT_EQ(std::bit_cast<std::uint64_t>(broken.Next(time, values[i]).score),
              std::bit_cast<std::uint64_t>(whole.Next(time, values[i]).score))
        << i;
    ASSERT_EQ(Sentence(broken.Why()), Sentence(whole.Why())) << i;
  }
  EXPECT_EQ(broken.Save(), whole.Save());
}

TEST(MetricDetectorTest, ItsStateIsSmallAndOfAFixedSize) {
  const std::size_t empty = MetricDetector().Save().size();
  EXPECT_EQ(AfterDays(3).Detector().Save().size(), empty);
  EXPECT_LE(empty, 16U * 1024);
  EXPECT_LE(sizeof(MetricDetector), 16U * 1024);
}

TEST(MetricDetectorTest, RefusesAStateThatItHasNotWritten) {
  const std::string state = AfterDays(1).Detector().Save();
  const auto refusal = [](const std::string& bytes) {
    const Result<MetricDetector> loaded = MetricDetector::Load(bytes);
    EXPECT_FALSE(loaded);
    return loaded ? "" : loaded.error().message;
  };
  EXPECT_THAT(refusal(""), HasSubstr("is cut"));
  EXPECT_THAT(refusal(state.substr(0, state.size() - 1)), HasSubstr("is cut"));
  EXPECT_THAT(refusal(state.substr(0, state.size() - 8)), HasSubstr("wrong checksum"));
  std::string other = state;
  other[0] = 99;
  EXPECT_THAT(refusal(other), HasSubstr("expected version 2, found 99"));
  other = state;
  other[100] = static_cast<char>(other[100] ^ 1);
  EXPECT_THAT(refusal(other), HasSubstr("wrong checksum"));
}

TEST(ExplanationTest, HasAsManyDigitsAsTellThemApart) {
  EXPECT_THAT(Sentence({.reason = Reason::kRange, .seen = 53719, .low = 1234.5678, .high = 53716}),
              HasSubstr("expected 1234.6 to 53716, saw 53719,"));
}

TEST(ExplanationTest, IsASentence) {
  Explanation why{.reason = Reason::kSeason,
                  .seen = 91,
                  .low = 40.123456,
                  .high = 55,
                  .since = 0,
                  .per_month = 0.25,
                  .rate = false};
  EXPECT_EQ(Sentence(why),
            "expected 40.12 to 55 at this time of the day, saw 91, about once in four months");
  why.reason = Reason::kRange;
  why.rate = true;
  why.per_month = 10;
  EXPECT_EQ(Sentence(why), "expected 40.12 to 55 a second, saw 91, about once in three days");
  why.per_month = 0.001;
  EXPECT_THAT(Sentence(why), HasSubstr("less than once in two years"));
  why.per_month = 100;
  EXPECT_THAT(Sentence(why), HasSubstr("several times a day"));
  why.reason = Reason::kNone;
  EXPECT_EQ(Sentence(why), "");
}

}  // namespace
}  // namespace mon::detector
