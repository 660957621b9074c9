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
    std::ranges::copy(evaluations->Truths(), std::back_inserter(truths));
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

TEST_F(EvaluatorTest, SpansOverMetricsReachBackIntoTheHistory) {
  FakeHistory history;
  for (const std::int64_t time : {60, 70, 80, 90}) history.Store(At(time, 0.9F));
  Evaluator evaluator(items_, std::chrono::seconds(10));
  const auto rule = anomaly_detector::Rule::Parse(RuleOf("avg(error_rate, 30s) > 0.5"));
  const std::vector<Sample> samples{At(100, 0), At(110, 0), At(120, 0)};
  const auto truths = [&] {
    const auto evaluations = evaluator.Evaluate(*rule, "shop", samples);
    std::vector<Truth> judged;
    std::ranges::copy(evaluations->Truths(), std::back_inserter(judged));
    return judged;
  };
  EXPECT_THAT(truths(), ::testing::ElementsAre(Truth::kFalse, Truth::kFalse, Truth::kFalse));
  evaluator.UseHistory(&history);
  EXPECT_THAT(truths(), ::testing::ElementsAre(Truth::kTrue, Truth::kFalse, Truth::kFalse));
}

TEST_F(EvaluatorTest, OneReadOfTheHistoryServesAllRulesOfAPage) {
  FakeHistory history;
  history.page = 1000;
  for (std::int64_t time = 0; time < 100; time += 10) history.Store(At(time, 0.9F));
  Evaluator evaluator(items_, std::chrono::seconds(10));
  evaluator.UseHistory(&history);
  const std::vector<Sample> samples{At(100, 0)};
  for (const char* expr : {"avg(error_rate, 1m) > 0.5", "max(error_rate, 30s) > 0.5"}) {
    const auto rule = anomaly_detector::Rule::Parse(RuleOf(expr));
    EXPECT_EQ(evaluator.Evaluate(*rule, "shop", samples)->At(0).truth, Truth::kTrue) << expr;
  }
  EXPECT_EQ(history.reads, 1U);
  evaluator.UseHistory(&history);
  const auto rule = anomaly_detector::Rule::Parse(RuleOf("min(error_rate, 30s) > 0.5"));
  EXPECT_EQ(evaluator.Evaluate(*rule, "shop", samples)->At(0).truth, Truth::kFalse);
  EXPECT_EQ(history.reads, 2U) << "anew for the next page";
}

/// Two applications of the same host, which has a value every ten seconds.
class ReadAheadTest : public EvaluatorTest {
 protected:
  ReadAheadTest() {
    const auto load = items_.Add("web-1", "load");
    for (std::int64_t at = 1'000; at <= 2'000; at += 10)
      items_.Put(load, at, static_cast<double>(at));
  }

  std::vector<Truth> Truths(const std::string& application, std::int64_t at) {
    std::vector<Truth> truths;
    for (const auto& rule : rules_) {
      const std::vector samples{At(at, 0.1F)};
      truths.push_back(evaluator_.Evaluate(rule, application, samples)->At(0).truth);
    }
    return truths;
  }

  Result<void> ReadAhead(const Batch& batch) {
    for (const Portion& portion : InPortions(batch, std::chrono::hours(1), 0, 1'000))
      if (auto read = evaluator_.ReadAhead(rules_, portion); !read) return read;
    return {};
  }

  const std::vector<anomaly_detector::Rule> rules_{
      *anomaly_detector::Rule::Parse(RuleOf("item(\"load\") > 1550")),
      *anomaly_detector::Rule::Parse(RuleOf("avg(item(\"load\"), 5m) > 1500"))};
  Evaluator evaluator_{items_, std::chrono::seconds(10)};
};

TEST_F(ReadAheadTest, OneReadServesAllApplicationsAndRules) {
  const auto asked = Truths("shop", 1'600);
  items_.reads = 0;
  ASSERT_TRUE(ReadAhead({{"auth", {At(1'600, 0)}}, {"shop", {At(1'590, 0), At(1'600, 0)}}}));
  EXPECT_EQ(Truths("shop", 1'600), asked);
  EXPECT_EQ(Truths("auth", 1'600), asked);
  EXPECT_EQ(items_.reads, 1);
}

TEST_F(ReadAheadTest, IsForgottenByTheNextOne) {
  ASSERT_TRUE(ReadAhead({{"auth", {At(1'600, 0)}}, {"shop", {At(1'600, 0)}}}));
  ASSERT_TRUE(ReadAhead({{"auth", {At(1'000'000, 0)}}}));
  items_.reads = 0;
  (void)Truths("shop", 1'600);
  EXPECT_GT(items_.reads, 0);
}

TEST_F(ReadAheadTest, MayBeReadElsewhere) {
  const auto asked = Truths("shop", 1'600);
  items_.reads = 0;
  FakeItems elsewhere = items_;
  const Batch batch{{"shop", {At(1'600, 0)}}};
  const Portion portion = InPortions(batch, std::chrono::hours(1), 0, 1'000).front();
  const auto wanted = evaluator_.WantedAhead(rules_, portion);
  ASSERT_TRUE(wanted);
  auto known = ItemsAhead::Read(*wanted, elsewhere);
  ASSERT_TRUE(known);
  evaluator_.UseItems(*std::move(known));
  EXPECT_EQ(Truths("shop", 1'600), asked);
  EXPECT_EQ(items_.reads, 0);
  EXPECT_EQ(elsewhere.reads, 1);
}

TEST_F(EvaluatorTest, SpansOverItemsEndAtTheSample) {
  const auto bytes = items_.Add("web-1", "bytes");
  items_.Put(bytes, 40, 0);
  items_.Put(bytes, 70, 300);
  items_.Put(bytes, 100, 900);
  items_.Put(bytes, 105, 1e9);
  EXPECT_THAT(Truths("rate(item(\"bytes\"), 1m) == 15", {At(100, 0)}),
              ::testing::ElementsAre(Truth::kTrue));
  EXPECT_THAT(Truths("delta(item(\"bytes\"), 30s) == 600", {At(100, 0)}),
              ::testing::ElementsAre(Truth::kTrue));
  EXPECT_THAT(Truths("rate(item(\"bytes\"), 10s) > 0", {At(100, 0)}),
              ::testing::ElementsAre(Truth::kUnknown));
}

TEST_F(EvaluatorTest, NoDataTellsWhenTheNewestValueIsTooOld) {
  const auto load = items_.Add("web-1", "load");
  items_.Put(load, 100, 1);
  const std::string expr = "nodata(item(\"load\"), 1m)";
  EXPECT_THAT(Truths(expr, {At(90, 0), At(100, 0), At(160, 0), At(161, 0), At(90'000, 0)}),
              ::testing::ElementsAre(Truth::kUnknown, Truth::kFalse, Truth::kFalse, Truth::kTrue,
                                     Truth::kTrue));
  items_.read_until[items_.items[0].hostid] = 150;
  EXPECT_THAT(Truths(expr, {At(161, 0)}), ::testing::ElementsAre(Truth::kUnknown))
      << "nobody has looked yet";
}

TEST_F(EvaluatorTest, NoDataOfAnItemWithoutAnyValueIsUnknown) {
  items_.Add("web-1", "load");
  EXPECT_THAT(Truths("nodata(item(\"load\"), 1m)", {At(100, 0)}),
              ::testing::ElementsAre(Truth::kUnknown));
}

TEST_F(EvaluatorTest, WindowOfAnItemIsNeverBelowTheConfiguredOne) {
  items_.Put(items_.Add("web-1", "load"), 100, 9);
  EXPECT_THAT(Truths("item(\"load\", window=\"60s\") > 4", {At(160, 0), At(161, 0)}),
              ::testing::ElementsAre(Truth::kTrue, Truth::kUnknown));
  EXPECT_THAT(Truths("item(\"load\", window=\"1s\") > 4", {At(110, 0), At(111, 0)}),
              ::testing::ElementsAre(Truth::kTrue, Truth::kUnknown));
}

TEST_F(EvaluatorTest, MeasuredWindowIsThreeQuartersOfTheUsualSpacing) {
  const auto load = items_.Add("web-1", "load");
  for (const std::int64_t clock : {40, 100, 160, 220}) items_.Put(load, clock, 9);
  EXPECT_THAT(Truths("item(\"load\", window=\"auto\") > 4", {At(265, 0), At(266, 0)}),
              ::testing::ElementsAre(Truth::kTrue, Truth::kUnknown));
}

TEST_F(EvaluatorTest, WidestWindowIsToBeWaitedFor) {
  items_.Add("web-1", "load");
  Evaluator evaluator(items_, std::chrono::seconds(10));
  const auto rule = anomaly_detector::Rule::Parse(RuleOf("item(\"load\", window=\"60s\") > 4"));
  EXPECT_EQ(evaluator.Progress(*rule, "shop")->window, std::chrono::seconds(60));
}

TEST_F(EvaluatorTest, ItemOfANamedHostIsJoinedWithEachHost) {
  items_.Put(items_.Add("web-1", "load"), 100, 9);
  items_.Put(items_.Add("web-2", "load"), 100, 1);
  items_.Put(items_.Add("db-1", "locks"), 100, 20);
  Evaluator evaluator(items_, std::chrono::seconds(10));
  const auto rule = anomaly_detector::Rule::Parse(
      RuleOf("item(\"load\") > 4 and item(\"locks\", host=\"db-1\") > 10"));
  const std::vector<Sample> samples{At(100, 0)};
  const auto evaluations = evaluator.Evaluate(*rule, "shop", samples);
  EXPECT_EQ(evaluations->At(0).truth, Truth::kTrue);
  EXPECT_THAT(evaluations->At(0).hosts, ::testing::ElementsAre("web-1", "db-1"));
}

TEST_F(EvaluatorTest, EachItemThatAPatternMatchesIsJudgedByItself) {
  items_.Put(items_.Add("web-1", "free[/]"), 100, 50);
  items_.Put(items_.Add("web-1", "free[/var]"), 100, 3);
  Evaluator evaluator(items_, std::chrono::seconds(10));
  const auto rule = anomaly_detector::Rule::Parse(RuleOf("item(\"free[*]\") < 5"));
  const std::vector<Sample> samples{At(100, 0)};
  const auto evaluations = evaluator.Evaluate(*rule, "shop", samples);
  EXPECT_EQ(evaluations->At(0).truth, Truth::kTrue);
  EXPECT_EQ(evaluations->At(0).deciding.metric, "item(\"free[/var]\")");
  EXPECT_THAT(evaluations->At(0).hosts, ::testing::ElementsAre("web-1"));
}

TEST_F(EvaluatorTest, KeyWithAStarThatIsThereIsNoPattern) {
  items_.Put(items_.Add("web-1", "free[*]"), 100, 50);
  items_.Put(items_.Add("web-1", "free[/var]"), 100, 3);
  EXPECT_THAT(Truths("item(\"free[*]\") < 5", {At(100, 0)}), ::testing::ElementsAre(Truth::kFalse));
}

}  // namespace
}  // namespace mon::processor
