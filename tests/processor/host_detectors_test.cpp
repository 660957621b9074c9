#include "host_detectors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "evaluator.h"
#include "processor/evidence_text.h"
#include "processor/fakes.h"

// odd(host): all items of a host as one, learnt from what is stored.

namespace mon::processor {
namespace {

using anomaly_detector::Truth;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kNow = 1'750'000'020 / kMinute * kMinute;

/// A host with items that are noise around 50, for a day and a bit up to kNow.
class HostDetectorsTest : public testing::Test {
 protected:
  static constexpr int kItems = 12;
  static constexpr int kPast = 1'700;  // minutes

  HostDetectorsTest() {
    for (int i = 0; i < kItems; ++i) ids_.push_back(items_.Add("db-1", fmt::format("key.{}", i)));
    for (std::int64_t t = kNow - kPast * kMinute; t <= kNow; t += kMinute) Put(t, 0);
  }

  void Put(std::int64_t time, double shift) {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      items_.Put(ids_[i], time + static_cast<std::int64_t>(i), 50 + noise_(random_) + shift);
    }
  }
  /// All items are higher in the minutes behind kNow.
  void Move(int minutes, double shift) {
    for (int i = 1; i <= minutes; ++i) Put(kNow + i * kMinute, shift);
  }

  [[nodiscard]] std::vector<const RelatedItem*> Items() const {
    std::vector<const RelatedItem*> items;
    for (const auto& item : items_.items) items.push_back(&item);
    return items;
  }

  LearntReading Ask(Detectors& detectors, std::int64_t time) {
    return detectors.Hosts().OfHost(Items(), 10s, {&time, 1}, items_).value().front();
  }

  Detectors Begun(std::int64_t budget = Detectors::kPastOfPass) {
    Detectors detectors;
    EXPECT_TRUE(detectors.Begin(&store_, budget));
    return detectors;
  }

  FakeItems items_;
  FakeDetectorStore store_;
  std::vector<std::uint64_t> ids_;
  std::mt19937_64 random_{7};
  std::normal_distribution<double> noise_;
};

TEST_F(HostDetectorsTest, BeginsWithWhatIsStoredAndSaysWhy) {
  Move(4, 6);
  auto detectors = Begun();
  EXPECT_EQ(Ask(detectors, kNow).truth, Truth::kFalse);
  const auto reading = Ask(detectors, kNow + 3 * kMinute);
  ASSERT_EQ(reading.truth, Truth::kTrue);
  EXPECT_EQ(reading.why->series, fmt::format("host {}", items_.items[0].hostid));
  EXPECT_THAT(reading.why->sentence,
              MatchesRegex("[0-9]+ of 12 metrics unusual: key.[0-9]+ \\(expected [0-9.]+ to "
                           "[0-9.]+, saw [0-9.]+\\), key.* \\(.*\\), key.* \\(.*\\), …"));
  EXPECT_THAT(reading.why->parts, SizeIs(10));
  EXPECT_GT(reading.why->seen, reading.why->high);
}

TEST_F(HostDetectorsTest, HostThatNobodyAsksAboutForADayIsLeftToTheStore) {
  items_.Add("other", "key");
  const auto all = Items();
  const auto own = std::span(all).first(kItems);
  const auto other = std::span(all).last(1);
  const auto ask = [&](Detectors& detectors, std::span<const RelatedItem* const> items,
                       std::int64_t time) {
    return detectors.Hosts().OfHost(items, 10s, {&time, 1}, items_).value().front().truth;
  };
  for (const auto& [later, loads] : {std::pair(23, 0), std::pair(25, 1)}) {
    auto detectors = Begun();
    EXPECT_EQ(ask(detectors, own, kNow), Truth::kFalse);
    (void)ask(detectors, other, kNow + later * 3600);
    store_.Save(detectors);
    const int before = store_.loads;
    EXPECT_EQ(ask(detectors, own, kNow), Truth::kFalse);
    EXPECT_EQ(store_.loads - before, loads) << later;
  }
}

TEST_F(HostDetectorsTest, IsUnknownWhereNothingIsStored) {
  items_.values.clear();
  auto detectors = Begun();
  EXPECT_EQ(Ask(detectors, kNow).truth, Truth::kUnknown);
}

TEST_F(HostDetectorsTest, WhoGoesOnAndWhoLoadsSayTheSame) {
  Move(8, 6);
  auto goes_on = Begun();
  (void)Ask(goes_on, kNow + kMinute / 2);
  (void)Ask(goes_on, kNow + 2 * kMinute);
  store_.Save(goes_on);
  EXPECT_THAT(store_.saved, SizeIs(kItems + 1)) << "the host, and each of its items";
  auto loads = Begun();
  for (const int minute : {3, 4, 7}) {
    const auto one = Ask(goes_on, kNow + minute * kMinute);
    const auto other = Ask(loads, kNow + minute * kMinute);
    EXPECT_EQ(one.truth, other.truth) << minute;
    ASSERT_EQ(one.why == nullptr, other.why == nullptr) << minute;
    if (one.why) {
      EXPECT_EQ(*one.why, *other.why) << minute;
    }
  }
}

TEST_F(HostDetectorsTest, WhatIsAskedInOneGoIsTheSameAsOneByOne) {
  Move(8, 6);
  auto at_once = Begun();
  auto singly = Begun();
  std::vector<std::int64_t> times;
  for (int i = -5; i < 8; ++i) times.push_back(kNow + i * kMinute);
  const auto all = at_once.Hosts().OfHost(Items(), 10s, times, items_).value();
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(all[i].truth, Ask(singly, times[i]).truth) << i;
  }
}

TEST_F(HostDetectorsTest, MinuteThatIsNotWholeYetIsNotLearnt) {
  Move(8, 6);
  auto detectors = Begun();
  items_.read_until[items_.items[0].hostid] = kNow;
  EXPECT_EQ(Ask(detectors, kNow + 4 * kMinute).truth, Truth::kUnknown);
  items_.read_until[items_.items[0].hostid] = kNow + 5 * kMinute;
  EXPECT_EQ(Ask(detectors, kNow + 4 * kMinute).truth, Truth::kTrue);
}

TEST_F(HostDetectorsTest, StateSurvivesThatItemsComeAndGo) {
  auto saving = Begun();
  for (int i = 1; i < 5; ++i) Put(kNow + i * kMinute, 0);
  (void)Ask(saving, kNow + 4 * kMinute);
  for (auto& state : saving.Hosts().Due()) store_.saved[state.series] = state;
  ASSERT_THAT(store_.saved, SizeIs(kItems + 1));
  auto fresh = items_.items.back();
  std::erase(ids_, fresh.itemid);
  fresh.itemid = 900;
  fresh.key = "new";
  items_.items.back() = fresh;
  for (int i = 5; i < 12; ++i) {
    Put(kNow + i * kMinute, 6);
    items_.Put(fresh.itemid, kNow + i * kMinute, 1);
  }
  auto detectors = Begun();
  const auto reading = Ask(detectors, kNow + 8 * kMinute);
  ASSERT_EQ(reading.truth, Truth::kTrue) << "it did not begin anew";
  EXPECT_THAT(reading.why->sentence, HasSubstr(" of 11 metrics"));
}

TEST_F(HostDetectorsTest, ValueIsCarriedForTwoAndAHalfOfItsSpacings) {
  auto detectors = Begun();
  // Nothing comes any more: for two minutes the last values serve, and then the host is unknown.
  EXPECT_EQ(Ask(detectors, kNow + 2 * kMinute).truth, Truth::kFalse);
  EXPECT_EQ(Ask(detectors, kNow + 10 * kMinute).truth, Truth::kUnknown);
}

TEST_F(HostDetectorsTest, BudgetOfAPassIsKept) {
  auto detectors = Begun(0);
  EXPECT_EQ(Ask(detectors, kNow).truth, Truth::kUnknown);
  EXPECT_TRUE(detectors.Begin(&store_));
  EXPECT_EQ(Ask(detectors, kNow).truth, Truth::kFalse);
}

TEST_F(HostDetectorsTest, WhatWasNormalIsLearntByTheHost) {
  Move(6, 6);
  auto detectors = Begun();
  const auto reading = Ask(detectors, kNow + 4 * kMinute);
  ASSERT_EQ(reading.truth, Truth::kTrue);
  store_.accepted = {{reading.why->series, reading.why->strength, kNow + 5 * kMinute}};
  EXPECT_TRUE(detectors.Begin(&store_));
  EXPECT_EQ(Ask(detectors, kNow + 6 * kMinute).truth, Truth::kFalse);
  store_.Save(detectors);
  EXPECT_THAT(store_.accepted, IsEmpty());
}

TEST_F(HostDetectorsTest, DamagedStateBeginsAnew) {
  auto detectors = Begun();
  (void)Ask(detectors, kNow);
  for (auto& state : detectors.Hosts().Due()) store_.saved[state.series] = state;
  for (auto& [name, state] : store_.saved) state.state = "of nobody";
  auto loads = Begun();
  EXPECT_EQ(Ask(loads, kNow).truth, Truth::kFalse);
}

TEST_F(HostDetectorsTest, RuleIsTrueForTheHostWithItsParts) {
  Move(4, 6);
  auto detectors = Begun();
  Evaluator evaluator(items_, 10s, &detectors);
  const auto rule = anomaly_detector::Rule::Parse(RuleOf("odd(host)")).value();
  const auto sample = At(kNow + 3 * kMinute, 0);
  const auto evaluation = evaluator.Evaluate(rule, "shop", {&sample, 1}).value().At(0);
  EXPECT_EQ(evaluation.truth, Truth::kTrue);
  EXPECT_THAT(evaluation.hosts, testing::ElementsAre("db-1"));
  anomaly_detector::Incident incident;
  incident.started_at = incident.fired_at = sample.timestamp;
  const Alert alert = MakeAlert(rule.Config(), "shop", sample, evaluation, incident);
  EXPECT_THAT(alert.summary, StartsWith("host db-1: "));
  Alert read;
  ReadEvidence(EvidenceText(alert), read);
  EXPECT_EQ(read.deciding.oddity, alert.deciding.oddity);
}

TEST_F(HostDetectorsTest, RuleWaitsForTheHost) {
  auto detectors = Begun();
  Evaluator evaluator(items_, 10s, &detectors);
  const auto rule = anomaly_detector::Rule::Parse(RuleOf("odd(host)")).value();
  items_.read_until[items_.items[0].hostid] = kNow + 5;
  EXPECT_EQ(evaluator.Progress(rule, "shop").value().read_until, kNow + 5);
}

}  // namespace
}  // namespace mon::processor
