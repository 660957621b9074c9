#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

#include "anomaly_detector/finding.h"
#include "anomaly_detector/rule.h"

// odd(…): what a detector says, as a part of rules.

namespace mon::anomaly_detector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Oddity kHigh{.series = "error_rate of shop",
                   .seen = 0.08,
                   .low = 0.001,
                   .high = 0.02,
                   .since = 1'750'000'000,
                   .strength = 3,
                   .sentence = "unusual, expected 0.001 to 0.02, saw 0.08, about once in a month"};

Reading Odd(const Oddity& oddity) {
  return {.state = Reading::State::kValue, .value = 1, .oddity = &oddity};
}
const Reading kUsual{.state = Reading::State::kValue, .value = 0};
const Reading kLearning{.state = Reading::State::kNoValue};

Rule Parsed(const std::string& expr) {
  RuleConfig config;
  config.expr = expr;
  auto rule = Rule::Parse(config);
  if (!rule) throw std::runtime_error(rule.error().message);
  return *rule;
}

std::string ErrorOf(const std::string& expr) {
  RuleConfig config;
  config.expr = expr;
  const auto rule = Rule::Parse(config);
  return rule ? "none" : rule.error().message;
}

Metrics With(std::span<const Reading> shared) {
  return {.response_time_ms = 100, .error_rate = 0.08F, .shared = shared};
}

Truth TruthOf(const std::string& expr, const Reading& reading) {
  return Parsed(expr).EvaluateTruth(With({&reading, 1}), {});
}

TEST(OddRuleTest, IsACondition) {
  EXPECT_EQ(TruthOf("odd(error_rate)", Odd(kHigh)), Truth::kTrue);
  EXPECT_EQ(TruthOf("odd(error_rate)", kUsual), Truth::kFalse);
  EXPECT_EQ(TruthOf("not odd(error_rate)", kUsual), Truth::kTrue);
  EXPECT_EQ(TruthOf("odd(response_time_ms) and error_rate > 0.05", Odd(kHigh)), Truth::kTrue);
  EXPECT_EQ(TruthOf("odd(response_time_ms) and error_rate > 0.5", Odd(kHigh)), Truth::kFalse);
}

TEST(OddRuleTest, IsUnknownWhileTheDetectorLearns) {
  EXPECT_EQ(TruthOf("odd(error_rate)", kLearning), Truth::kUnknown);
  EXPECT_EQ(TruthOf("odd(error_rate) or error_rate > 0.05", kLearning), Truth::kTrue);
}

TEST(OddRuleTest, KnowsThatItAsksDetectors) {
  EXPECT_TRUE(Parsed("odd(error_rate)").UsesDetectors());
  EXPECT_TRUE(Parsed("error_rate > 0.5 or odd(item(\"a\"))").UsesDetectors());
  EXPECT_FALSE(Parsed("avg(error_rate, 5m) > 0.5").UsesDetectors());
  EXPECT_THAT(Parsed("odd(item(\"a*\", tag=\"role=db\"))").ItemKeys(), ElementsAre("a*"));
}

TEST(OddHostTest, AsksForEachHostAsAWhole) {
  const Rule rule = Parsed("odd(host)");
  EXPECT_TRUE(rule.UsesDetectors());
  EXPECT_TRUE(rule.UsesItems()) << "it waits for the values of the host";
  ASSERT_EQ(rule.NeededOperands().of_host.size(), 1U);
  EXPECT_EQ(rule.NeededOperands().of_host[0].source, Source::kHost);
  const std::vector<Reading> odd{Odd(kHigh)};
  const std::vector<Reading> usual{kUsual};
  const std::vector<HostReadings> hosts = {{.host = "db-1", .readings = usual},
                                           {.host = "db-2", .readings = odd}};
  EXPECT_THAT(rule.Evaluate(With({}), hosts).hosts, ElementsAre(1));
}

TEST(OddHostTest, SaysWhichHostAndWhy) {
  Oddity oddity = kHigh;
  oddity.seen = 0.01;  // less than when it was raised
  oddity.sentence = "7 of 43 metrics unusual: cpu (expected 10 to 20, saw 91)";
  const std::vector<Reading> odd{Odd(oddity)};
  const HostReadings host{.host = "db-1", .readings = odd};
  const Comparison deciding = Parsed("odd(host)").Deciding(With({}), {&host, 1});
  EXPECT_EQ(deciding.metric, "deviation of the host");
  EXPECT_EQ(deciding.op, ">");
  EXPECT_EQ(deciding.host, "db-1");
  Finding finding;
  finding.deciding = deciding;
  EXPECT_EQ(RenderSummary(Parsed("odd(host)").Config().summary, finding),
            "host db-1: 7 of 43 metrics unusual: cpu (expected 10 to 20, saw 91)");
  EXPECT_THAT(Parsed("odd(host) or odd(error_rate)").Config().summary, HasSubstr("{metric}"));
}

TEST(OddHostTest, IsAPartOfOddAlone) {
  EXPECT_THAT(ErrorOf("odd(hosts)"), HasSubstr("or host, found 'hosts'; did you mean host?"));
  EXPECT_THAT(ErrorOf("avg(host, 5m) > 1"), HasSubstr("expected error_rate, response_time_ms"));
  EXPECT_THAT(ErrorOf("host > 1"), HasSubstr("expected a number"));
}

TEST(OddRuleTest, SaysWhatIsExpected) {
  EXPECT_THAT(ErrorOf("odd"), HasSubstr("expected '(' after odd"));
  EXPECT_THAT(ErrorOf("odd(0.5)"), HasSubstr("column 5: expected error_rate, response_time_ms"));
  EXPECT_THAT(ErrorOf("odd(error_rate, 5m)"),
              HasSubstr("column 15: expected ')' after the metric"));
  EXPECT_THAT(ErrorOf("odd(error_rate) > 0.5"), HasSubstr("expected 'and', 'or' or the end"));
  EXPECT_THAT(ErrorOf("1 + odd(error_rate)"), HasSubstr("expected a number or a metric"));
  EXPECT_THAT(ErrorOf("anomaly(error_rate)"), HasSubstr("did you mean odd?"));
}

TEST(OddRuleTest, ADetectorHasNoWindow) {
  EXPECT_THAT(ErrorOf("odd(item(\"a\", window=\"5s\"))"), HasSubstr("an item without a window"));
}

TEST(OddRuleTest, DecidingIsTheMetricBesideTheEdgeOfItsBand) {
  const Reading reading = Odd(kHigh);
  const Comparison above = Parsed("odd( error_rate )").Deciding(With({&reading, 1}), {});
  EXPECT_EQ(above.metric, "error_rate");
  EXPECT_EQ(above.op, ">");
  EXPECT_EQ(above.value, 0.08);
  EXPECT_EQ(above.limit, 0.02);
  EXPECT_EQ(above.oddity, kHigh);
  Oddity low = kHigh;
  low.seen = 0.0001;
  const Reading fallen = Odd(low);
  const Comparison below = Parsed("odd(error_rate)").Deciding(With({&fallen, 1}), {});
  EXPECT_EQ(below.op, "<");
  EXPECT_EQ(below.limit, 0.001);
}

TEST(OddRuleTest, DecidingIsTheOddestItemOfAll) {
  Oddity more = kHigh;
  more.strength = 9;
  const std::vector<Reading> first{Odd(kHigh)};
  const std::vector<Reading> second{Odd(more)};
  const std::vector<Reading> third{kUsual};
  const std::vector<HostReadings> hosts = {{.host = "web-1", .readings = first, .key = "a.x"},
                                           {.host = "web-2", .readings = second, .key = "a.y"},
                                           {.host = "web-3", .readings = third, .key = "a.z"}};
  const Comparison deciding = Parsed("odd(item(\"a.*\"))").Deciding(With({}), hosts);
  EXPECT_EQ(deciding.metric, "item(\"a.y\")");
  EXPECT_EQ(deciding.host, "web-2");
  EXPECT_THAT(Parsed("odd(item(\"a.*\"))").Evaluate(With({}), hosts).hosts, ElementsAre(0, 1));
}

TEST(OddRuleTest, SummarySaysWhyWithoutBeingAsked) {
  const Rule rule = Parsed("odd(error_rate)");
  const Reading reading = Odd(kHigh);
  Finding finding;
  finding.application = "shop";
  finding.deciding = rule.Deciding(With({&reading, 1}), {});
  EXPECT_EQ(RenderSummary(rule.Config().summary, finding),
            "error_rate of shop: unusual, expected 0.001 to 0.02, saw 0.08, about once in a month");
}

TEST(OddRuleTest, SummaryFitsWhicheverHalfWasTrue) {
  const Rule rule = Parsed("error_rate > 0.05 or odd(response_time_ms)");
  Finding finding;
  finding.application = "shop";
  finding.deciding = rule.Deciding(With({&kUsual, 1}), {});
  EXPECT_EQ(RenderSummary(rule.Config().summary, finding), "error_rate of shop: 0.08 > 0.05");
}

TEST(OddRuleTest, WhatIsNotOddHasNoMadeUpNumbers) {
  const Comparison deciding = Parsed("not odd(error_rate)").Deciding(With({&kUsual, 1}), {});
  EXPECT_EQ(deciding.metric, "odd(error_rate)");
  EXPECT_EQ(deciding.op, "==");
  EXPECT_EQ(deciding.value, 0);
  EXPECT_EQ(deciding.limit, 0);
}

TEST(OddRuleTest, DefaultSummaryFitsTheMetric) {
  EXPECT_EQ(Parsed("error_rate > 0.2").Config().summary, RuleConfig().summary);
  EXPECT_EQ(Parsed("response_time_ms > 200").Config().summary,
            "{metric} of {application} is {value}");
  EXPECT_EQ(Parsed("item(\"error_rate_total\") > 200").Config().summary,
            "{metric} of {application} is {value}");
}

const Oddity kFills{.series = "",
                    .seen = 91,
                    .low = 100,
                    .high = 100,
                    .since = 1'750'000'000,
                    .strength = 0,
                    .sentence = "expected to reach 100 in 5 days, between 4 days and 7 days"};

TEST(PredictRuleTest, IsAConditionAboutAnItem) {
  const Rule rule = Parsed("predict(item(\"vfs.fs.size[*,pused]\"), 100, 7d)");
  EXPECT_TRUE(rule.UsesDetectors());
  const std::vector<Reading> readings{Odd(kFills)};
  const std::vector<HostReadings> hosts = {
      {.host = "db-1", .readings = readings, .key = "vfs.fs.size[/,pused]"}};
  EXPECT_EQ(rule.EvaluateTruth(With({}), hosts), Truth::kTrue);
  Finding finding;
  finding.deciding = rule.Deciding(With({}), hosts);
  EXPECT_EQ(finding.deciding.metric, "item(\"vfs.fs.size[/,pused]\")");
  EXPECT_EQ(finding.deciding.value, 91);
  EXPECT_EQ(finding.deciding.op, "→");
  EXPECT_EQ(finding.deciding.limit, 100);
  finding.application = "shop";
  EXPECT_EQ(
      RenderSummary(rule.Config().summary, finding),
      "item(\"vfs.fs.size[/,pused]\") of shop: expected to reach 100 in 5 days, between 4 days "
      "and 7 days");
}

TEST(PredictRuleTest, ItemsOfANamedHostAreCalledAsTheyAreWritten) {
  const Rule rule = Parsed("predict(item(\"a,b\", host=\"db-1\"), -5, 30d)");
  const std::vector<Reading> shared{Odd(kFills)};
  EXPECT_EQ(rule.Deciding(With(shared), {}).metric, "item(\"a,b\", host=\"db-1\")");
  ASSERT_EQ(rule.NeededOperands().shared.size(), 1U);
  EXPECT_EQ(rule.NeededOperands().shared.front().limit, -5);
}

TEST(PredictRuleTest, SaysWhatIsExpected) {
  EXPECT_THAT(ErrorOf("predict(error_rate, 1, 7d)"), HasSubstr("expected item(\"KEY\")"));
  EXPECT_THAT(ErrorOf("predict(item(\"a\"), \"x\")"), HasSubstr("expected a number such as 100"));
  EXPECT_THAT(ErrorOf("predict(item(\"a\"), 100)"), HasSubstr("expected ',' and a span"));
  EXPECT_THAT(ErrorOf("predict(item(\"a\"), 100, 31d)"), HasSubstr("a span from 1s to 30d"));
  EXPECT_THAT(ErrorOf("predict(item(\"a\", window=\"5s\"), 100, 7d)"),
              HasSubstr("without a window"));
  EXPECT_THAT(ErrorOf("predict_linear(item(\"a\"), 100, 7d)"), HasSubstr("did you mean predict?"));
}

}  // namespace
}  // namespace mon::anomaly_detector
