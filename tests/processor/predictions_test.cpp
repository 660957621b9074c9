#include "predictions.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "processor/fakes.h"

namespace mon::processor {
namespace {

using anomaly_detector::Operand;
using anomaly_detector::Truth;
using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kEnd = 1'749'999'600;  // a full hour

class PredictionStore final : public DetectorStore {
 public:
  Result<std::vector<StoredDetector>> Load(std::span<const std::string> series) override {
    std::vector<StoredDetector> found;
    for (const auto& one : saved) {
      if (std::ranges::find(series, one.series) != series.end()) found.push_back(one);
    }
    return found;
  }
  Result<std::vector<AcceptedOddity>> LoadAccepted() override { return {}; }

  std::vector<StoredDetector> saved;
};

/// A disk with a value each five minutes for two weeks before kEnd.
class PredictionsTest : public testing::Test {
 protected:
  PredictionsTest() { predictions_.Begin(nullptr, 1'000'000); }

  void Fill(double from, double a_day) {
    item_ = items_.Add("db-1", "vfs.fs.size[/,pused]");
    for (std::int64_t at = kEnd - 14 * 86'400; at <= kEnd; at += 300) {
      const double days = static_cast<double>(at - kEnd) / 86'400;
      const double noise = std::fmod(static_cast<double>(at / 300) * 0.618034, 1);
      items_.Put(item_, at, from + a_day * days + 0.05 * noise);
    }
  }

  LearntReading At(std::int64_t time, double limit = 100, std::chrono::seconds within = 168h) {
    Operand operand;
    operand.function = anomaly_detector::Function::kPredict;
    operand.limit = limit;
    operand.span = within;
    const RelatedItem* wanted = &items_.items.front();
    const auto readings = predictions_.OfItems(operand, {&wanted, 1}, {&time, 1}, items_);
    EXPECT_TRUE(readings);
    return readings->front().front();
  }

  FakeItems items_;
  std::uint64_t item_ = 0;
  Predictions predictions_;
};

TEST_F(PredictionsTest, DiskThatFillsWithinTheSpanIsTold) {
  Fill(90, 2);
  const LearntReading reading = At(kEnd + 1200);
  ASSERT_EQ(reading.truth, Truth::kTrue);
  EXPECT_THAT(reading.why->sentence, testing::StartsWith("expected to reach 100 in 5 days"));
  EXPECT_NEAR(reading.why->seen, 90, 0.2);
  EXPECT_EQ(reading.why->high, 100);
  EXPECT_EQ(At(kEnd + 1200, 100, 72h).truth, Truth::kFalse) << "not within three days";
}

TEST_F(PredictionsTest, LimitsBelowAreReachedFromAbove) {
  Fill(10, -2);
  EXPECT_EQ(At(kEnd + 1200, 0).truth, Truth::kTrue);
  EXPECT_EQ(At(kEnd + 1200, 100).truth, Truth::kFalse);
}

TEST_F(PredictionsTest, LimitThatWasPassedStaysReached) {
  Fill(91, 2);
  const LearntReading reading = At(kEnd + 1200, 90);
  ASSERT_EQ(reading.truth, Truth::kTrue) << "and is not one to be reached from above";
  EXPECT_EQ(reading.why->sentence, "has reached 90");
}

TEST_F(PredictionsTest, ItemsThatHaveBeenSilentForADayAreUnknown) {
  Fill(90, 2);
  EXPECT_EQ(At(kEnd + 20 * 3600).truth, Truth::kTrue);
  EXPECT_EQ(At(kEnd + 30 * 3600).truth, Truth::kUnknown);
}

TEST_F(PredictionsTest, OlderOneServesWhereTheBudgetDoesNotSuffice) {
  Fill(90, 2);
  (void)At(kEnd + 1200);
  predictions_.Begin(nullptr, 0);
  EXPECT_EQ(At(kEnd + 2 * 3600).why->since, kEnd);
  EXPECT_EQ(At(kEnd + 5 * 3600).truth, Truth::kUnknown);
}

TEST_F(PredictionsTest, WhatDoesNotGrowIsNeverTold) {
  Fill(90, 0);
  EXPECT_EQ(At(kEnd + 1200, 100, 720h).truth, Truth::kFalse);
}

TEST_F(PredictionsTest, ItemsWithoutValuesAreUnknown) {
  item_ = items_.Add("db-1", "vfs.fs.size[/,pused]");
  EXPECT_EQ(At(kEnd + 1200).truth, Truth::kUnknown);
}

TEST_F(PredictionsTest, AreMadeForEachHourOnceItsValuesHadTimeToCome) {
  Fill(90, 2);
  EXPECT_EQ(At(kEnd + 599).why->since, kEnd - 3600);
  EXPECT_EQ(At(kEnd + 600).why->since, kEnd);
  EXPECT_EQ(At(kEnd + 4199).why->since, kEnd);
}

TEST_F(PredictionsTest, WhatIsSavedIsNotMadeAgain) {
  Fill(90, 2);
  PredictionStore store;
  predictions_.Begin(&store, 1'000'000);
  const auto before = At(kEnd + 1200);
  store.saved = predictions_.Due();
  ASSERT_THAT(store.saved, SizeIs(1));
  EXPECT_EQ(store.saved.front().series, "item " + std::to_string(item_) + " to 100");
  predictions_.Saved();
  EXPECT_THAT(predictions_.Due(), IsEmpty());
  predictions_.Clear();
  items_.values.clear();  // nothing to make it from
  EXPECT_EQ(*At(kEnd + 1200).why, *before.why);
}

}  // namespace
}  // namespace mon::processor
