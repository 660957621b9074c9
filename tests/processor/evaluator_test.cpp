#include "evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/fakes.h"

namespace mon::processor {
namespace {

using anomaly_detector::Truth;

class EvaluatorTest : public ::testing::Test {
 protected:
  std::vector<Truth> Truths(const std::string& expr, const std::vector<Sample>& samples) {
    Evaluator evaluator(items_, std::chrono::seconds(10));
    const auto rule = anomaly_detector::Rule::Parse(RuleOf(expr));
    const auto evaluations = evaluator.Evaluate(*rule, "shop", samples);
    std::vector<Truth> truths;
    for (const auto& evaluation : *evaluations) truths.push_back(evaluation.truth);
    return truths;
  }

  FakeItems items_;
};

TEST_F(EvaluatorTest, WindowIsInclusive) {
  items_.Put(items_.Add("web-1", "load"), 100, 9);
  EXPECT_THAT(Truths("item(\"load\") > 4", {At(89, 0), At(90, 0), At(110, 0), At(111, 0)}),
              ::testing::ElementsAre(Truth::kUnknown, Truth::kTrue, Truth::kTrue, Truth::kUnknown));
}

TEST_F(EvaluatorTest, NearestValueCounts) {
  const auto load = items_.Add("web-1", "load");
  items_.Put(load, 95, 9);
  items_.Put(load, 103, 1);
  EXPECT_THAT(Truths("item(\"load\") > 4", {At(98, 0), At(100, 0)}),
              ::testing::ElementsAre(Truth::kTrue, Truth::kFalse));
}

TEST_F(EvaluatorTest, KeysOfOneRuleComeFromOneHost) {
  items_.Put(items_.Add("web-1", "load"), 100, 9);
  items_.Put(items_.Add("web-2", "mem"), 100, 9);
  EXPECT_THAT(Truths("item(\"load\") > 4 and item(\"mem\") > 4", {At(100, 0)}),
              ::testing::ElementsAre(Truth::kUnknown));
  items_.Put(items_.Add("web-1", "mem"), 100, 9);
  EXPECT_THAT(Truths("item(\"load\") > 4 and item(\"mem\") > 4", {At(100, 0)}),
              ::testing::ElementsAre(Truth::kTrue));
}

TEST_F(EvaluatorTest, ItemWithoutAKeyIsCalledByItsName) {
  const auto load = items_.Add("web-1", "");
  items_.items[0].name = "CPU load";
  items_.Put(load, 100, 9);
  EXPECT_THAT(Truths("item(\"CPU load\") > 4", {At(100, 0)}), ::testing::ElementsAre(Truth::kTrue));
}

TEST_F(EvaluatorTest, ErrorRateIsSeenWithoutAnyItem) {
  EXPECT_THAT(Truths("error_rate > 0.5 or item(\"load\") > 4", {At(100, 0.9F), At(110, 0.1F)}),
              ::testing::ElementsAre(Truth::kTrue, Truth::kUnknown));
}

TEST_F(EvaluatorTest, SamplesOfDifferentDaysAreJoinedEach) {
  const auto load = items_.Add("web-1", "load");
  items_.Put(load, 100, 9);
  items_.Put(load, 900'000, 9);
  EXPECT_THAT(Truths("item(\"load\") > 4", {At(100, 0), At(500'000, 0), At(900'000, 0)}),
              ::testing::ElementsAre(Truth::kTrue, Truth::kUnknown, Truth::kTrue));
}

}  // namespace
}  // namespace mon::processor
