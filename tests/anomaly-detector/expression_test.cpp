#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

#include "anomaly_detector/finding.h"
#include "anomaly_detector/rule.h"

// What the language says beyond comparisons of single values: arithmetic, functions over a span,
// selectors of items, and the recovery.

namespace mon::anomaly_detector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RuleConfig Config(const std::string& expr, const std::string& recovery = "") {
  RuleConfig config;
  config.name = "x";
  config.expr = expr;
  config.recovery = recovery;
  return config;
}

Rule Parsed(const std::string& expr, const std::string& recovery = "") {
  Result<Rule> rule = Rule::Parse(Config(expr, recovery));
  if (!rule) throw std::runtime_error(rule.error().message);
  return *rule;
}

std::string ErrorOf(const std::string& expr) {
  const Result<Rule> rule = Rule::Parse(Config(expr));
  return rule ? "no error" : rule.error().message;
}

const Metrics kSample{.response_time_ms = 200, .error_rate = 0.25F};
const Reading kUnknown{.state = Reading::State::kNoValue};

Reading Value(double value) { return {.state = Reading::State::kValue, .value = value}; }

Truth TruthOf(const std::string& expr, const Metrics& metrics = kSample) {
  return Parsed(expr).EvaluateTruth(metrics, {});
}

/// Of a rule whose operands of the host read `readings`.
Truth TruthWith(const std::string& expr, const std::vector<Reading>& readings) {
  const HostReadings host{.host = "web-1", .readings = readings};
  return Parsed(expr).EvaluateTruth(kSample, {&host, 1});
}

Metrics WithShared(const std::vector<Reading>& shared) {
  Metrics metrics = kSample;
  metrics.shared = shared;
  return metrics;
}

std::string Text(const Comparison& c) {
  return c.host + "|" + c.metric + c.op + ValueText(c.metric, c.value) + "/" +
         ValueText(c.metric, c.limit);
}

TEST(ExpressionTest, ArithmeticBindsAsUsual) {
  EXPECT_EQ(TruthOf("response_time_ms + 2 * 3 == 206"), Truth::kTrue);
  EXPECT_EQ(TruthOf("(response_time_ms + 2) * 3 == 606"), Truth::kTrue);
  EXPECT_EQ(TruthOf("response_time_ms - 50 - 50 == 100"), Truth::kTrue);
  EXPECT_EQ(TruthOf("response_time_ms / 10 / 2 == 10"), Truth::kTrue);
  EXPECT_EQ(TruthOf("-response_time_ms * 2 == -400"), Truth::kTrue);
  EXPECT_EQ(TruthOf("- -response_time_ms == +200"), Truth::kTrue);
  EXPECT_EQ(TruthOf("response_time_ms -1 == 199"), Truth::kTrue);
  EXPECT_EQ(TruthOf("1000 - response_time_ms > response_time_ms * 3 and error_rate < 1"),
            Truth::kTrue);
}

TEST(ExpressionTest, WhatIsNoNumberIsUnknown) {
  EXPECT_EQ(TruthOf("100 / (response_time_ms - 200) > 1"), Truth::kUnknown);
  EXPECT_EQ(TruthOf("response_time_ms * 1e308 > 1"), Truth::kUnknown);
  EXPECT_EQ(TruthOf("response_time_ms + error_rate > 1", {.response_time_ms = 1, .error_rate = {}}),
            Truth::kUnknown);
  EXPECT_EQ(TruthOf("100 / (response_time_ms - 200) > 1 or error_rate > 0"), Truth::kTrue);
  EXPECT_EQ(TruthWith("item(\"a\") / item(\"b\") > 1", {Value(3), kUnknown}), Truth::kUnknown);
}

TEST(ExpressionTest, WhatIsMadeOfAnErrorRateIsComparedAsAFloat) {
  const Metrics tenth{.response_time_ms = 1, .error_rate = 0.1F};
  EXPECT_EQ(TruthOf("error_rate * 100 > 10", tenth), Truth::kFalse);
  EXPECT_EQ(TruthOf("error_rate + 0.2 == 0.3", tenth), Truth::kTrue);
  EXPECT_EQ(ValueText("error_rate * 100", 10.000000149011612), "10");
  EXPECT_EQ(ValueText("item(\"error_rate\")", 0.10000000149011612), "0.10000000149011612");
}

TEST(ExpressionTest, DecidingComparisonNamesItsLeftSideAsItStands) {
  const Rule rule = Parsed("error_rate  *\n 100 > 10 + 5 and response_time_ms > 1");
  EXPECT_EQ(Text(rule.Deciding(kSample, {})), "|error_rate * 100>25/15");
  EXPECT_EQ(Text(Parsed("(response_time_ms + 1) * 2 > 4").Deciding(kSample, {})),
            "|(response_time_ms + 1) * 2>402/4");
  EXPECT_EQ(Text(Parsed("4 < 2 * response_time_ms").Deciding(kSample, {})),
            "|2 * response_time_ms>400/4");
}

TEST(ExpressionTest, FunctionsOverMetricsAreSharedByAllHosts) {
  const Rule rule = Parsed("avg(error_rate, 5m) > 0.5 and max(response_time_ms, 1h) > 100");
  const auto& operands = rule.NeededOperands();
  ASSERT_EQ(operands.shared.size(), 2U);
  EXPECT_EQ(operands.shared[0].function, Function::kAverage);
  EXPECT_EQ(operands.shared[0].span, std::chrono::minutes(5));
  EXPECT_EQ(operands.shared[1].source, Source::kResponseTimeMs);
  EXPECT_EQ(rule.MetricSpan(), std::chrono::hours(1));
  EXPECT_FALSE(rule.UsesItems());

  const std::vector<Reading> shared{Value(0.75), Value(200)};
  EXPECT_EQ(rule.EvaluateTruth(WithShared(shared), {}), Truth::kTrue);
  EXPECT_EQ(Text(rule.Deciding(WithShared(shared), {})), "|avg(error_rate, 5m)>0.75/0.5");
  EXPECT_EQ(rule.EvaluateTruth(kSample, {}), Truth::kUnknown) << "without the samples before";
}

TEST(ExpressionTest, FunctionsOverItemsAreOfTheHost) {
  const Rule rule = Parsed("rate(item(\"net.if.in[eth0]\"), 10m) > 1e6");
  ASSERT_EQ(rule.NeededOperands().of_host.size(), 1U);
  EXPECT_EQ(rule.NeededOperands().of_host[0].function, Function::kRate);
  EXPECT_THAT(rule.ItemKeys(), ElementsAre("net.if.in[eth0]"));
  EXPECT_EQ(rule.MetricSpan().count(), 0);
  EXPECT_EQ(TruthWith("rate(item(\"net.if.in[eth0]\"), 10m) > 1e6", {Value(2e6)}), Truth::kTrue);
}

TEST(ExpressionTest, NoDataIsTheAgeOfTheNewestValue) {
  const Rule rule = Parsed("nodata(item(\"a\"), 5m)");
  EXPECT_EQ(rule.NeededOperands().of_host[0].function, Function::kAge);
  EXPECT_EQ(TruthWith("nodata(item(\"a\"), 5m)", {Value(300)}), Truth::kFalse);
  EXPECT_EQ(TruthWith("nodata(item(\"a\"), 5m)", {Value(301)}), Truth::kTrue);
  EXPECT_EQ(TruthWith("not nodata(item(\"a\"), 5m)", {Value(301)}), Truth::kFalse);
  const std::vector<Reading> readings{Value(437)};
  const HostReadings host{.host = "web-1", .readings = readings};
  EXPECT_EQ(Text(rule.Deciding(kSample, {&host, 1})), "web-1|nodata(item(\"a\"), 5m)>437/300");
}

TEST(ExpressionTest, ReadsTheSelectorsOfItems) {
  const Rule rule = Parsed(
      R"(item("a", window="60s") > 1 and item("b", window="auto") > 1
         and item("c", host='db-1', tag="role=db") > 1 and item("b", tag="role") > 1)");
  const auto& operands = rule.NeededOperands();
  ASSERT_EQ(operands.of_host.size(), 3U) << "another tag is another operand";
  EXPECT_EQ(operands.of_host[2].item.tag, "role");
  EXPECT_EQ(operands.of_host[0].item.window, std::chrono::seconds(60));
  EXPECT_TRUE(operands.of_host[1].item.auto_window);
  ASSERT_EQ(operands.shared.size(), 1U);
  EXPECT_EQ(operands.shared[0].item.host, "db-1");
  EXPECT_EQ(operands.shared[0].item.tag, "role=db");
  EXPECT_THAT(rule.ItemKeys(), ElementsAre("a", "b", "c"));
}

TEST(ExpressionTest, ItemOfANamedHostIsTheSameForEachHost) {
  const Rule rule = Parsed("item(\"load\") > 4 and item(\"locks\", host=\"db-1\") > 10");
  const std::vector<Reading> shared{Value(11)};
  const std::vector<Reading> high{Value(5)};
  const std::vector<Reading> low{Value(1)};
  const std::vector<HostReadings> hosts{{"web-1", low}, {"web-2", high}};
  const Verdict verdict = rule.Evaluate(WithShared(shared), hosts);
  EXPECT_EQ(verdict.truth, Truth::kTrue);
  EXPECT_THAT(verdict.hosts, ElementsAre(1));
  EXPECT_THAT(verdict.named_hosts, ElementsAre("db-1"));
}

TEST(ExpressionTest, ItemOfANamedHostNeedsNoOther) {
  const Rule rule = Parsed("error_rate > 0.5 or item(\"locks\", host=\"db-1\") > 10");
  const std::vector<Reading> shared{Value(11)};
  EXPECT_TRUE(rule.UsesItems());
  EXPECT_EQ(rule.EvaluateTruth(WithShared(shared), {}), Truth::kTrue);
  EXPECT_EQ(Text(rule.Deciding(WithShared(shared), {})),
            "db-1|item(\"locks\", host=\"db-1\")>11/10");
  EXPECT_THAT(rule.Evaluate(WithShared(shared), {}).named_hosts, ElementsAre("db-1"));
  EXPECT_EQ(rule.EvaluateTruth(kSample, {}), Truth::kUnknown);
}

TEST(ExpressionTest, APatternIsNamedByTheKeyItStandsFor) {
  const std::vector<Reading> readings{Value(3)};
  const HostReadings host{"web-1", readings, "free[/var]"};
  EXPECT_EQ(Text(Parsed("item(\"free[*]\") < 5").Deciding(kSample, {&host, 1})),
            "web-1|item(\"free[/var]\")<3/5");
  EXPECT_EQ(Text(Parsed("2 * avg(item(\"free[*]\"), 5m) < 50").Deciding(kSample, {&host, 1})),
            "web-1|2 * avg(item(\"free[/var]\"), 5m)<6/50");
}

TEST(ExpressionTest, RecoveryIsTrueWhereItIsForEveryHost) {
  const Rule rule = Parsed("item(\"load\") > 4", "item(\"load\") < 2");
  const std::vector<Reading> calm{Value(1)};
  const std::vector<Reading> high{Value(3)};
  const std::vector<Reading> unknown{kUnknown};
  const auto recovery = [&](const std::vector<Reading>& second) {
    const std::vector<HostReadings> hosts{{"web-1", calm}, {"web-2", second}};
    return *rule.EvaluateRecovery(kSample, hosts);
  };
  EXPECT_EQ(recovery(calm), Truth::kTrue);
  EXPECT_EQ(recovery(high), Truth::kFalse);
  EXPECT_EQ(recovery(unknown), Truth::kUnknown);
  EXPECT_EQ(Parsed("error_rate > 0.5").EvaluateRecovery(kSample, {}), std::nullopt);
}

TEST(ExpressionTest, RecoverySharesTheOperandsOfTheCondition) {
  const Rule rule =
      Parsed("avg(error_rate, 5m) > 0.5", "avg(error_rate, 5m) < 0.2 and max(error_rate, 1m) < 1");
  ASSERT_EQ(rule.NeededOperands().shared.size(), 2U);
  const std::vector<Reading> shared{Value(0.1), Value(0.1)};
  EXPECT_EQ(rule.EvaluateRecovery(WithShared(shared), {}), Truth::kTrue);
}

TEST(ExpressionTest, LongExpressionsAreEvaluatedAsShortOnes) {
  std::string expr = "response_time_ms > 1000";
  for (int i = 0; i < 5000; ++i) expr += " or response_time_ms > 1000";
  EXPECT_EQ(TruthOf(expr), Truth::kFalse);
  EXPECT_EQ(TruthOf(expr + " or response_time_ms > 100"), Truth::kTrue);
}

TEST(ExpressionTest, SaysWhatAFunctionNeeds) {
  EXPECT_THAT(ErrorOf("avg error_rate > 1"), HasSubstr("column 5: expected '(' after avg"));
  EXPECT_THAT(ErrorOf("avg(error_rate) > 1"),
              HasSubstr("column 15: expected ',' and a span such as 5m, found ')'"));
  EXPECT_THAT(ErrorOf("avg(error_rate, 5) > 1"),
              HasSubstr("column 17: expected a span from 1s to 1d, such as 5m"));
  EXPECT_THAT(ErrorOf("avg(error_rate, 2d) > 1"), HasSubstr("found '2d'"));
  EXPECT_THAT(ErrorOf("avg(error_rate, 1500ms) > 1"), HasSubstr("in whole seconds"));
  EXPECT_THAT(ErrorOf("avg(error_rate * 2, 5m) > 1"), HasSubstr("column 16: expected ','"));
  EXPECT_THAT(ErrorOf("avg(eror_rate, 5m) > 1"),
              HasSubstr("column 5: expected error_rate, response_time_ms or item(\"KEY\"), found "
                        "'eror_rate'; did you mean error_rate?"));
  EXPECT_THAT(ErrorOf("nodata(error_rate, 5m)"), HasSubstr("column 8: expected item(\"KEY\")"));
  EXPECT_THAT(ErrorOf("avg(error_rate, 5m)"), HasSubstr("expected a comparison such as > 0.5"));
  EXPECT_THAT(ErrorOf("avg(item(\"a\", window=\"5s\"), 5m) > 1"),
              HasSubstr("column 5: expected an item without a window"));
}

TEST(ExpressionTest, SuggestsTheFunctionThatWasMeant) {
  EXPECT_THAT(ErrorOf("avrg(error_rate, 5m) > 1"), HasSubstr("did you mean avg?"));
  EXPECT_THAT(ErrorOf("average(error_rate, 5m) > 1"), HasSubstr("did you mean avg?"));
  EXPECT_THAT(ErrorOf("no_data(item(\"a\"), 5m)"), HasSubstr("did you mean nodata?"));
  EXPECT_THAT(ErrorOf("increase(error_rate, 5m) > 1"), HasSubstr("did you mean delta?"));
}

TEST(ExpressionTest, SaysWhatIsWrongWithASelector) {
  EXPECT_THAT(ErrorOf("item(\"a\", hosts=\"b\") > 1"),
              HasSubstr("column 11: expected host=\"…\", tag=\"…\" or window=\"…\", found 'hosts'; "
                        "did you mean host?"));
  EXPECT_THAT(ErrorOf("item(\"a\", host \"b\") > 1"), HasSubstr("expected '=' after host"));
  EXPECT_THAT(ErrorOf("item(\"a\", host=b) > 1"), HasSubstr("expected a text in quotes"));
  EXPECT_THAT(ErrorOf("item(\"a\", host=\"b\", host=\"c\") > 1"), HasSubstr("each selector once"));
  EXPECT_THAT(ErrorOf("item(\"a\", tag=\"b\", tag=\"c\") > 1"), HasSubstr("each selector once"));
  EXPECT_THAT(ErrorOf("item(\"a\", window=\"60\") > 1"),
              HasSubstr("column 18: expected \"auto\" or a window up to 1d"));
  EXPECT_THAT(ErrorOf("item(\"a*\", host=\"b\") > 1"), HasSubstr("a whole key beside host"));
  EXPECT_THAT(ErrorOf("item(\"a*\") > 1 and item(\"b*\") > 1"),
              HasSubstr("column 25: expected one key pattern in a rule"));
}

TEST(ExpressionTest, RefusesArithmeticOnWhatIsNoNumber) {
  EXPECT_THAT(ErrorOf("(error_rate > 1) + 2 > 1"), HasSubstr("column 18: expected 'and', 'or'"));
  EXPECT_THAT(ErrorOf("2 + (error_rate > 1) > 1"), HasSubstr("column 5: expected a number or"));
  EXPECT_THAT(ErrorOf("-(error_rate > 1) > 1"), HasSubstr("column 2: expected a number or"));
  EXPECT_THAT(ErrorOf("error_rate / 0 > 1"), HasSubstr("column 14: expected a divisor other"));
  EXPECT_THAT(ErrorOf("error_rate * > 1"), HasSubstr("column 14: expected a number, error_rate"));
  EXPECT_THAT(ErrorOf("* 2 > error_rate"), HasSubstr("column 1: expected a number, error_rate"));
  EXPECT_THAT(ErrorOf("2 * 3 > 1 + 1"), HasSubstr("column 1: expected a metric on one side"));
}

TEST(ExpressionTest, BoundsTheNestingOfSigns) {
  EXPECT_THAT(ErrorOf(std::string(100'000, '-') + "error_rate > 1"),
              HasSubstr("nested more than 100 deep"));
}

TEST(ExpressionTest, ChecksRecoveryAndDescriptionToo) {
  EXPECT_THAT(CheckRule(Config("error_rate > 1", "eror_rate < 1")).error().message,
              HasSubstr("rule 'x', recovery at column 1: expected"));
  RuleConfig config = Config("error_rate > 1");
  config.labels = {{"team", "shop"}};
  config.description = "Call {label.team}\nor look at {hosts}";
  EXPECT_TRUE(CheckRule(config));
  config.description = "Call {label.taem}";
  EXPECT_THAT(CheckRule(config).error().message,
              HasSubstr("rule 'x', description at column 6: unknown placeholder '{label.taem}'"));
}

TEST(ExpressionTest, LabelsStandInTemplates) {
  Finding finding;
  finding.labels = {{"team", "shop"}};
  EXPECT_EQ(RenderSummary("for {label.team}", finding), "for shop");
}

}  // namespace
}  // namespace mon::anomaly_detector
