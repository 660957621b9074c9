#include "detectors.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "processor/fakes.h"

namespace mon::processor {
namespace {

using anomaly_detector::Source;
using anomaly_detector::Truth;
using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kBegin = 1'750'000'000;
constexpr std::int64_t kMinute = 60;
constexpr int kDays = 3;
constexpr int kUsual = kDays * 1440;

/// Errors of a few in a thousand, more by day; the same for the same minute of the test.
float Usual(int minute) {
  const double day = std::sin(2 * std::numbers::pi * minute / 1440);
  const double noise = std::fmod(minute * 0.618034, 1) - 0.5;
  return static_cast<float>(0.01 + 0.004 * day + 0.002 * noise);
}

class DetectorsTest : public testing::Test {
 protected:
  DetectorsTest() {
    history_.page = 1000;
    for (int i = 0; i < kUsual; ++i) Add(Usual(i));
  }

  /// The next minute's sample.
  Sample Add(float error_rate) {
    const Sample sample =
        At(kBegin + kMinute * static_cast<std::int64_t>(samples_.size()), error_rate);
    history_.Store(sample);
    samples_.push_back(sample);
    return sample;
  }

  std::vector<Truth> Ask(Detectors& detectors, std::span<const Sample> samples) {
    auto readings = detectors.OfMetric(Source::kErrorRate, "shop", samples, &history_);
    EXPECT_TRUE(readings);
    std::vector<Truth> truths;
    for (const auto& reading : *readings) truths.push_back(reading.truth);
    return truths;
  }
  Truth Ask(Detectors& detectors, const Sample& sample) {
    return Ask(detectors, {&sample, 1}).front();
  }

  Detectors Begun() {
    Detectors detectors;
    EXPECT_TRUE(detectors.Begin(&store_));
    return detectors;
  }

  FakeHistory history_;
  FakeDetectorStore store_;
  std::vector<Sample> samples_;
};

TEST_F(DetectorsTest, BeginWithWhatIsStored) {
  Detectors detectors = Begun();
  EXPECT_EQ(Ask(detectors, Add(Usual(kUsual))), Truth::kFalse);
  const Sample odd = Add(0.2F);
  auto readings = detectors.OfMetric(Source::kErrorRate, "shop", {&odd, 1}, &history_);
  ASSERT_EQ(readings->front().truth, Truth::kTrue);
  const auto& oddity = *readings->front().why;
  EXPECT_EQ(oddity.series, "error_rate of shop");
  EXPECT_EQ(oddity.seen, static_cast<double>(0.2F));
  EXPECT_LT(oddity.high, 0.05);
  EXPECT_EQ(oddity.since, odd.timestamp);
  EXPECT_THAT(oddity.sentence, HasSubstr("saw 0.2"));
}

TEST_F(DetectorsTest, SayTheSameHoweverTheSamplesAreCut) {
  for (int i = 0; i < 200; ++i) Add(i > 50 && i < 70 ? 0.1F : Usual(kUsual + i));
  const auto fresh = std::span(samples_).subspan(kUsual);
  Detectors whole = Begun();
  const auto expected = Ask(whole, fresh);
  EXPECT_THAT(expected, testing::Contains(Truth::kTrue).Times(19));
  Detectors one_by_one = Begun();
  std::vector<Truth> truths;
  for (const Sample& sample : fresh) {
    truths.push_back(Ask(one_by_one, sample));
    one_by_one.Saved();
  }
  EXPECT_EQ(truths, expected);
  EXPECT_EQ(Ask(one_by_one, fresh), expected) << "nor does it matter that they are asked again";
}

TEST_F(DetectorsTest, GoOnFromWhatWasSavedHoweverLongAgo) {
  Detectors all = Begun();
  std::vector<Truth> expected, truths;
  for (int i = 0; i < 500; ++i) {
    const Sample sample = Add(i > 420 && i < 440 ? 0.1F : Usual(kUsual + i));
    expected.push_back(Ask(all, sample));
    // A run from cron: everything that is not saved is gone.
    Detectors run = Begun();
    truths.push_back(Ask(run, sample));
    store_.Save(run);
  }
  EXPECT_EQ(truths, expected);
  EXPECT_THAT(store_.saved, SizeIs(1));
}

TEST_F(DetectorsTest, AreSavedEverySoOften) {
  Detectors detectors = Begun();
  int saves = 0;
  for (int i = 0; i < 600; ++i) {
    (void)Ask(detectors, Add(Usual(kUsual + i)));
    saves += static_cast<int>(detectors.Due().size());
    store_.Save(detectors);
  }
  EXPECT_THAT(saves, testing::AllOf(testing::Ge(5), testing::Le(12))) << "each hour or two";
  (void)Ask(detectors, Add(0.2F));
  EXPECT_THAT(detectors.Due(), SizeIs(1)) << "and where an incident begins";
}

TEST_F(DetectorsTest, SamplesThatComeLateBelongToTheIncidentOfTheirTime) {
  Detectors detectors = Begun();
  (void)Ask(detectors, Add(Usual(kUsual)));
  EXPECT_EQ(Ask(detectors, Add(0.2F)), Truth::kTrue);
  (void)Ask(detectors, Add(0.2F));
  Sample late = At(samples_.back().timestamp - 30, 0.2F);
  EXPECT_EQ(Ask(detectors, late), Truth::kTrue);
  late.timestamp -= 120;  // before it
  EXPECT_EQ(Ask(detectors, late), Truth::kFalse) << "whatever its value is";
}

TEST_F(DetectorsTest, LateSampleAsTheFirstQuestionLeavesNoHole) {
  Detectors unbroken = Begun();
  (void)Ask(unbroken, Add(Usual(kUsual)));
  store_.Save(unbroken);
  for (int i = 1; i <= 100; ++i) (void)Ask(unbroken, Add(Usual(kUsual + i)));
  Detectors fresh = Begun();
  (void)Ask(fresh, samples_[kUsual - 200]);
  (void)Ask(fresh, samples_.back());
  const Sample odd = Add(0.2F);  // so that both have something to save
  EXPECT_EQ(Ask(unbroken, odd), Truth::kTrue);
  EXPECT_EQ(Ask(fresh, odd), Truth::kTrue);
  EXPECT_EQ(fresh.Due().front().state, unbroken.Due().front().state);
}

TEST_F(DetectorsTest, WhatWasSavedKnowsSinceWhenItHasBeenSo) {
  Detectors detectors = Begun();
  const Sample odd = Add(0.2F);
  (void)Ask(detectors, odd);
  const Sample still = Add(0.2F);
  (void)Ask(detectors, still);
  store_.Save(detectors);
  Detectors loaded = Begun();
  EXPECT_EQ(Ask(loaded, odd), Truth::kTrue) << "a rule with items judges it only now";
}

TEST_F(DetectorsTest, SamplesBetweenThoseOfAPageAreLearntAsWell) {
  Detectors one = Begun();
  Detectors other = Begun();
  for (int i = 0; i < 10; ++i) Add(Usual(kUsual + i));
  const auto fresh = std::span(samples_).subspan(kUsual);
  (void)Ask(one, fresh);
  const std::vector<Sample> some{fresh[0], fresh[4], fresh[9]};
  EXPECT_THAT(Ask(other, some), Each(Truth::kFalse));
  const Sample odd = Add(0.2F);
  EXPECT_EQ(Ask(one, odd), Truth::kTrue);
  EXPECT_EQ(Ask(other, odd), Truth::kTrue);
  EXPECT_EQ(one.Due().front().state, other.Due().front().state);
}

TEST_F(DetectorsTest, LearnInSilenceWhereNothingIsStored) {
  Detectors detectors = Begun();
  FakeHistory nothing;
  std::vector<Sample> first(samples_.begin(), samples_.begin() + 100);
  auto readings = detectors.OfMetric(Source::kErrorRate, "shop", first, &nothing);
  ASSERT_TRUE(readings);
  EXPECT_THAT(*readings, Each(Field(&LearntReading::truth, Truth::kUnknown)));
}

TEST_F(DetectorsTest, WhatIsAcceptedIsLearntAndSavedAtOnce) {
  Detectors detectors = Begun();
  const Sample odd = Add(0.2F);
  auto readings = detectors.OfMetric(Source::kErrorRate, "shop", {&odd, 1}, &history_);
  ASSERT_EQ(readings->front().truth, Truth::kTrue);
  store_.Save(detectors);
  store_.accepted.push_back({"error_rate of shop", readings->front().why->strength, odd.timestamp});
  ASSERT_TRUE(detectors.Begin(&store_));
  EXPECT_EQ(Ask(detectors, Add(0.2F)), Truth::kFalse);
  EXPECT_THAT(detectors.Due(), SizeIs(1));
  store_.Save(detectors);
  EXPECT_THAT(store_.accepted, IsEmpty());
}

TEST_F(DetectorsTest, WhatIsAcceptedEndsNoLaterIncidentWhereAStateIsLoadedAgain) {
  store_.accepted = {{"error_rate of shop", 0.001, kBegin}};
  Detectors one = Begun();
  ASSERT_EQ(Ask(one, Add(0.2F)), Truth::kTrue);
  for (const auto& state : one.Due()) store_.saved[state.series] = state;
  Detectors other = Begun();
  EXPECT_EQ(Ask(other, Add(0.2F)), Truth::kTrue);
}

/// What others have to learn as well stays in the store for a while.
TEST_F(DetectorsTest, WhatIsAcceptedIsLearntOnceAndAgainWhereItIsSaidAgain) {
  Detectors detectors = Begun();
  (void)Ask(detectors, Add(Usual(kUsual)));
  store_.accepted = {{"error_rate of shop", 3, 1}};
  for (const std::size_t due : {1U, 0U}) {
    ASSERT_TRUE(detectors.Begin(&store_));
    EXPECT_THAT(detectors.Due(), SizeIs(due));
    detectors.Saved();
  }
  store_.accepted.front().said_at = 2;
  ASSERT_TRUE(detectors.Begin(&store_));
  EXPECT_THAT(detectors.Due(), SizeIs(1));
}

TEST_F(DetectorsTest, WhatIsAcceptedIsKeptUntilTheDetectorHasLearntAnything) {
  store_.accepted.push_back({"error_rate of shop", 3, 1});
  Detectors detectors = Begun();
  EXPECT_THAT(detectors.Accepted(), IsEmpty());
  store_.Save(detectors);
  EXPECT_THAT(store_.accepted, SizeIs(1));
  (void)Ask(detectors, Add(Usual(kUsual)));
  EXPECT_THAT(detectors.Accepted(), SizeIs(1));
  store_.Save(detectors);
  EXPECT_THAT(store_.accepted, IsEmpty());
}

TEST_F(DetectorsTest, WhatNobodyAsksAboutForADayIsLeftToTheStore) {
  for (const auto& [later, loads] : {std::pair(23h, 0), std::pair(25h, 1)}) {
    Detectors detectors = Begun();
    const Sample last = Add(Usual(kUsual));
    EXPECT_EQ(Ask(detectors, last), Truth::kFalse);
    const Sample other = At(last.timestamp + std::chrono::seconds(later).count(), 0.01F);
    ASSERT_TRUE(detectors.OfMetric(Source::kErrorRate, "api", {&other, 1}, &history_));
    store_.Save(detectors);
    const int before = store_.loads;
    EXPECT_EQ(Ask(detectors, Add(Usual(kUsual))), Truth::kFalse) << "known as before";
    EXPECT_EQ(store_.loads - before, loads);
  }
}

TEST_F(DetectorsTest, StateOfAnotherVersionIsLearntAnew) {
  store_.saved["error_rate of shop"] = {"error_rate of shop", kBegin, "of another version"};
  Detectors detectors = Begun();
  EXPECT_EQ(Ask(detectors, Add(Usual(kUsual))), Truth::kFalse);
  EXPECT_EQ(Ask(detectors, Add(0.2F)), Truth::kTrue);
}

/// One item with a value a minute, and samples of ten seconds.
class ItemDetectorsTest : public testing::Test {
 protected:
  ItemDetectorsTest() {
    item_ = items_.Add("web-1", "system.cpu.load");
    items_.have_history = true;
    for (int i = 0; i < kUsual; ++i) Put(i, 100 * Usual(i));
  }

  void Put(int minute, double value) { items_.Put(item_, kBegin + kMinute * minute, value); }

  std::vector<Truth> Ask(const std::vector<std::int64_t>& times) {
    const RelatedItem* wanted = &items_.items.front();
    auto readings = detectors_.OfItems({&wanted, 1}, 10s, times, items_);
    EXPECT_TRUE(readings);
    std::vector<Truth> truths;
    for (const auto& reading : readings->front()) truths.push_back(reading.truth);
    return truths;
  }

  FakeItems items_;
  std::uint64_t item_ = 0;
  Detectors detectors_;
};

TEST_F(ItemDetectorsTest, NewestValueCountsUntilTwoOfTheItemsSpacingsHavePassed) {
  ASSERT_TRUE(detectors_.Begin(nullptr));
  Put(kUsual, 40);
  const auto t = kBegin + kMinute * kUsual;
  EXPECT_THAT(Ask({t - 30, t - 11, t - 10, t, t + 59, t + 130, t + 200}),
              ElementsAre(Truth::kFalse, Truth::kFalse, Truth::kTrue, Truth::kTrue, Truth::kTrue,
                          Truth::kTrue, Truth::kUnknown));
}

TEST_F(ItemDetectorsTest, ValuesOfLaterPassesGoOn) {
  ASSERT_TRUE(detectors_.Begin(nullptr));
  const auto t = kBegin + kMinute * kUsual;
  EXPECT_THAT(Ask({t - 60}), ElementsAre(Truth::kFalse));
  Put(kUsual, 40);
  EXPECT_THAT(Ask({t}), ElementsAre(Truth::kTrue));
  Put(kUsual + 1, 100 * Usual(kUsual + 1));
  EXPECT_THAT(Ask({t + 20, t + 60}), ElementsAre(Truth::kTrue, Truth::kFalse));
}

TEST_F(ItemDetectorsTest, TwoApplicationsOnOneHostAreAnsweredOneAfterTheOther) {
  ASSERT_TRUE(detectors_.Begin(nullptr));
  Put(kUsual, 40);
  for (int i = 1; i < 600; ++i) Put(kUsual + i, 100 * Usual(kUsual + i));
  const auto t = kBegin + kMinute * kUsual;
  EXPECT_THAT(Ask({t - 60, t + 20'000}), ElementsAre(Truth::kFalse, Truth::kFalse));
  detectors_.Saved();
  EXPECT_THAT(Ask({t - 60, t, t + 60}), ElementsAre(Truth::kFalse, Truth::kTrue, Truth::kFalse));
}

TEST_F(ItemDetectorsTest, ItemsWithoutValuesHoldNobodyUp) {
  // Sorted by host they come first.
  for (int i = 0; i < 10; ++i) items_.Add("web-0", "empty." + std::to_string(i));
  std::vector<const RelatedItem*> all;
  for (const auto& item : items_.items) all.push_back(&item);
  const std::vector<std::int64_t> times{kBegin + kMinute * (kUsual - 1)};
  ASSERT_TRUE(detectors_.Begin(nullptr, 5'000));
  const auto readings = detectors_.OfItems(all, 10s, times, items_);
  ASSERT_TRUE(readings);
  EXPECT_EQ(readings->back().front().truth, Truth::kFalse);
}

TEST_F(ItemDetectorsTest, WhatTheBudgetDoesNotSufficeForIsUnknownUntilTheNextPass) {
  const auto second = items_.Add("web-2", "system.cpu.load");
  for (int i = 0; i < kUsual; ++i) items_.Put(second, kBegin + kMinute * i, 100 * Usual(i));
  std::vector<const RelatedItem*> all;
  for (const auto& item : items_.items) all.push_back(&item);
  const auto ask = [&](std::int64_t time) {
    const std::vector<std::int64_t> times{time};
    const auto readings = detectors_.OfItems(all, 10s, times, items_);
    return std::vector{readings->front().front().truth, readings->back().front().truth};
  };
  const auto t = kBegin + kMinute * (kUsual - 2);
  ASSERT_TRUE(detectors_.Begin(nullptr, 0));
  EXPECT_THAT(ask(t), ElementsAre(Truth::kUnknown, Truth::kUnknown));
  ASSERT_TRUE(detectors_.Begin(nullptr));
  EXPECT_THAT(ask(t + kMinute), ElementsAre(Truth::kFalse, Truth::kFalse));
}

}  // namespace
}  // namespace mon::processor
