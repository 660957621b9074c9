#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <string>

#include "anomaly_detector/rule.h"

namespace mon::anomaly_detector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Rule ParsedRule(const std::string& expr) {
  RuleConfig config;
  config.expr = expr;
  Result<Rule> rule = Rule::Parse(config);
  if (!rule) throw std::runtime_error(rule.error().message);
  return *rule;
}

Metrics Errors(float rate) { return {.response_time_ms = 100, .error_rate = rate}; }
Metrics Millis(std::int64_t ms) { return {.response_time_ms = ms, .error_rate = 0}; }

Reading Value(double value) { return {.state = Reading::State::kValue, .value = value}; }
const Reading kNoValue{.state = Reading::State::kNoValue};
const Reading kNoItem{.state = Reading::State::kNoItem};

/// A host with its readings held, as the processor would hold them.
struct Host {
  std::string name;
  std::vector<Reading> readings;
};

std::vector<HostReadings> Views(const std::vector<Host>& hosts) {
  std::vector<HostReadings> views;
  for (const Host& host : hosts) views.push_back({.host = host.name, .readings = host.readings});
  return views;
}

Truth TruthOf(const std::string& expr, const Metrics& metrics,
              const std::vector<Host>& hosts = {}) {
  const Rule rule = ParsedRule(expr);
  const std::vector<HostReadings> views = Views(hosts);
  const Truth truth = rule.EvaluateTruth(metrics, views);
  EXPECT_EQ(rule.Evaluate(metrics, views).truth, truth) << "both ways agree";
  return truth;
}

std::vector<std::size_t> HostsOf(const std::string& expr, const Metrics& metrics,
                                 const std::vector<Host>& hosts) {
  return ParsedRule(expr).Evaluate(metrics, Views(hosts)).hosts;
}

Comparison DecidingOf(const std::string& expr, const Metrics& metrics,
                      const std::vector<Host>& hosts = {}) {
  return ParsedRule(expr).Deciding(metrics, Views(hosts));
}

std::string Text(const Comparison& c) {
  return c.host + "|" + c.metric + c.op + std::to_string(c.value) + "/" + std::to_string(c.limit);
}

TEST(RuleEvaluateTest, ErrorRateIsComparedStrictlyAtFloatPrecision) {
  EXPECT_EQ(TruthOf("error_rate > 0.5", Errors(0.5F)), Truth::kFalse);
  EXPECT_EQ(TruthOf("error_rate > 0.5", Errors(std::nextafter(0.5F, 1.0F))), Truth::kTrue);
  // As doubles the float 0.1 is above 0.1 and the float 0.3 is above 0.3.
  EXPECT_EQ(TruthOf("error_rate > 0.1", Errors(0.1F)), Truth::kFalse);
  EXPECT_EQ(TruthOf("error_rate == 0.3", Errors(0.3F)), Truth::kTrue);
  EXPECT_EQ(TruthOf("0.7 <= error_rate", Errors(0.7F)), Truth::kTrue);
  EXPECT_EQ(TruthOf("error_rate < 0.7", Errors(0.7F)), Truth::kFalse);
  EXPECT_EQ(TruthOf("error_rate < 1e300", Errors(0.7F)), Truth::kTrue);
  EXPECT_EQ(TruthOf("error_rate > -1e300", Errors(0.7F)), Truth::kTrue);
}

TEST(RuleEvaluateTest, OtherMetricsAreComparedAsDoubles) {
  EXPECT_EQ(TruthOf("response_time_ms > 16777216", Millis(16'777'217)), Truth::kTrue);
  EXPECT_EQ(TruthOf("item(\"a\") == 0.1", {}, {{"web", {Value(0.1)}}}), Truth::kTrue);
}

TEST(RuleEvaluateTest, EachOperatorMeansWhatItSays) {
  struct Case {
    const char* op;
    Truth below, equal, above;
  };
  constexpr Truth kT = Truth::kTrue;
  constexpr Truth kF = Truth::kFalse;
  for (const Case& c : {Case{">", kF, kF, kT}, Case{">=", kF, kT, kT}, Case{"<", kT, kF, kF},
                        Case{"<=", kT, kT, kF}, Case{"==", kF, kT, kF}, Case{"!=", kT, kF, kT}}) {
    const std::string expr = std::string("response_time_ms ") + c.op + " 200";
    EXPECT_EQ(TruthOf(expr, Millis(199)), c.below) << c.op;
    EXPECT_EQ(TruthOf(expr, Millis(200)), c.equal) << c.op;
    EXPECT_EQ(TruthOf(expr, Millis(201)), c.above) << c.op;
  }
}

TEST(RuleEvaluateTest, AndBindsTighterThanOrAndNotTighterStill) {
  const std::string low = "error_rate > 0.5";       // false below
  const std::string high = "response_time_ms > 5";  // true below
  const Metrics m{.response_time_ms = 10, .error_rate = 0.1F};
  EXPECT_EQ(TruthOf(high + " or " + high + " and " + low, m), Truth::kTrue);
  EXPECT_EQ(TruthOf("(" + high + " or " + high + ") and " + low, m), Truth::kFalse);
  EXPECT_EQ(TruthOf("not " + low + " or " + high + " and " + low, m), Truth::kTrue);
  EXPECT_EQ(TruthOf("not (" + low + " or " + high + ")", m), Truth::kFalse);
  EXPECT_EQ(TruthOf("not not " + high, m), Truth::kTrue);
}

TEST(RuleEvaluateTest, ConnectivesAreThreeValued) {
  const std::string t = "response_time_ms > 5";
  const std::string f = "response_time_ms < 5";
  const std::string u = "item(\"gone\") > 1";
  const Metrics m = Millis(10);
  const std::vector<Host> hosts = {{"web", {kNoValue}}};
  const auto truth = [&](const std::string& expr) { return TruthOf(expr, m, hosts); };
  EXPECT_EQ(truth(u), Truth::kUnknown);
  EXPECT_EQ(truth("not " + u), Truth::kUnknown);
  EXPECT_EQ(truth(t + " and " + u), Truth::kUnknown);
  EXPECT_EQ(truth(u + " and " + t), Truth::kUnknown);
  EXPECT_EQ(truth(f + " and " + u), Truth::kFalse);
  EXPECT_EQ(truth(u + " and " + f), Truth::kFalse);
  EXPECT_EQ(truth(t + " or " + u), Truth::kTrue);
  EXPECT_EQ(truth(u + " or " + t), Truth::kTrue);
  EXPECT_EQ(truth(f + " or " + u), Truth::kUnknown);
  EXPECT_EQ(truth(u + " or " + f), Truth::kUnknown);
  EXPECT_EQ(truth(u + " or " + u), Truth::kUnknown);
}

TEST(RuleEvaluateTest, AMetricThatIsMissingOrNanIsUnknown) {
  EXPECT_EQ(TruthOf("error_rate > 0.5", {.response_time_ms = 1, .error_rate = {}}),
            Truth::kUnknown);
  EXPECT_EQ(TruthOf("response_time_ms > 5", {.response_time_ms = {}, .error_rate = 1}),
            Truth::kUnknown);
  EXPECT_EQ(TruthOf("error_rate != 0.5", Errors(std::nanf(""))), Truth::kUnknown);
  EXPECT_EQ(TruthOf("item(\"a\") != 1", {}, {{"web", {Value(std::nan(""))}}}), Truth::kUnknown);
}

TEST(RuleEvaluateTest, IsTrueWhereItIsForAnyHost) {
  const std::string expr = "item(\"load\") > 4";
  EXPECT_EQ(TruthOf(expr, {}, {{"a", {Value(1)}}, {"b", {Value(5)}}}), Truth::kTrue);
  EXPECT_EQ(TruthOf(expr, {}, {{"a", {kNoValue}}, {"b", {Value(5)}}}), Truth::kTrue);
  EXPECT_EQ(TruthOf(expr, {}, {{"a", {Value(1)}}, {"b", {kNoValue}}}), Truth::kUnknown);
  EXPECT_EQ(TruthOf(expr, {}, {{"a", {Value(1)}}, {"b", {Value(2)}}}), Truth::kFalse);
}

TEST(RuleEvaluateTest, TakesAllKeysFromOneHost) {
  const std::string expr = "item(\"load\") > 4 and item(\"free\") < 10";
  // Neither host satisfies both, though each item has a bad value somewhere.
  EXPECT_EQ(TruthOf(expr, {}, {{"a", {Value(9), Value(50)}}, {"b", {Value(1), Value(5)}}}),
            Truth::kFalse);
  EXPECT_EQ(TruthOf(expr, {}, {{"a", {Value(9), Value(5)}}}), Truth::kTrue);
}

TEST(RuleEvaluateTest, LeavesOutHostsThatLackAKey) {
  const std::string expr = "item(\"load\") > 4 or item(\"free\") < 10";
  const std::vector<Host> hosts = {{"lacks", {Value(9), kNoItem}}, {"has", {Value(1), Value(50)}}};
  EXPECT_EQ(TruthOf(expr, {}, hosts), Truth::kFalse);
}

TEST(RuleEvaluateTest, JudgesTheApplicationWithoutAnyHost) {
  const std::string either = "error_rate > 0.5 or item(\"load\") > 4";
  EXPECT_EQ(TruthOf(either, Errors(0.9F)), Truth::kTrue);
  EXPECT_EQ(TruthOf(either, Errors(0.1F)), Truth::kUnknown);
  EXPECT_EQ(TruthOf(either, Errors(0.9F), {{"lacks", {kNoItem}}}), Truth::kTrue);
  EXPECT_EQ(TruthOf("error_rate > 0.5 and item(\"load\") > 4", Errors(0.1F)), Truth::kFalse);
}

TEST(RuleEvaluateTest, NamesTheHostsWhoseItemsHadAPart) {
  const std::vector<Host> hosts = {{"a", {Value(5)}}, {"b", {Value(1)}}, {"c", {Value(6)}}};
  EXPECT_THAT(HostsOf("item(\"load\") > 4", {}, hosts), ElementsAre(0, 2));
  EXPECT_THAT(HostsOf("error_rate > 0.5 and item(\"load\") > 4", Errors(0.9F), hosts),
              ElementsAre(0, 2));
  EXPECT_THAT(HostsOf("error_rate > 0.5 or item(\"load\") > 4", Errors(0.9F), hosts),
              ElementsAre(0, 2));
  EXPECT_THAT(HostsOf("error_rate > 0.5 or item(\"load\") > 40", Errors(0.9F), hosts), IsEmpty());
  EXPECT_THAT(HostsOf("not (error_rate < 0.5 or item(\"load\") > 4)", Errors(0.9F), hosts),
              ElementsAre(1));
  EXPECT_THAT(HostsOf("item(\"load\") > 40", {}, hosts), IsEmpty());
  EXPECT_THAT(HostsOf("error_rate > 0.5", Errors(0.9F), hosts), IsEmpty());
}

TEST(RuleEvaluateTest, DecidingIsTheFirstComparisonThatMadeItTrue) {
  const Metrics m{.response_time_ms = 900, .error_rate = 0.75F};
  EXPECT_EQ(Text(DecidingOf("error_rate > 0.5", m)), "|error_rate>0.750000/0.500000");
  EXPECT_EQ(Text(DecidingOf("error_rate > 0.9 or response_time_ms >= 800", m)),
            "|response_time_ms>=900.000000/800.000000");
  EXPECT_EQ(Text(DecidingOf("response_time_ms > 800 and error_rate > 0.5", m)),
            "|response_time_ms>900.000000/800.000000");
  EXPECT_EQ(Text(DecidingOf("not (response_time_ms > 8000 or error_rate < 0.5)", m)),
            "|response_time_ms>900.000000/8000.000000");
}

TEST(RuleEvaluateTest, DecidingTurnsALimitOnTheLeftAround) {
  EXPECT_EQ(Text(DecidingOf("0.5 < error_rate", Errors(0.75F))), "|error_rate>0.750000/0.500000");
  EXPECT_EQ(Text(DecidingOf("0.5 >= error_rate", Errors(0.25F))), "|error_rate<=0.250000/0.500000");
}

TEST(RuleEvaluateTest, DecidingNamesTheFirstHostOfTheVerdict) {
  const std::vector<Host> hosts = {{"a", {Value(1)}}, {"b", {Value(5)}}, {"c", {Value(6)}}};
  EXPECT_EQ(Text(DecidingOf("item(\"load\") > 4", {}, hosts)),
            "b|item(\"load\")>5.000000/4.000000");
  EXPECT_EQ(Text(DecidingOf("error_rate > 0.5 or item(\"load\") > 4", Errors(0.75F), hosts)),
            "|error_rate>0.750000/0.500000");
}

TEST(RuleEvaluateTest, DecidingOfARuleThatIsNotTrueIsItsFirstKnownComparison) {
  EXPECT_EQ(Text(DecidingOf("error_rate > 0.5", Errors(0.25F))), "|error_rate>0.250000/0.500000");
  EXPECT_EQ(Text(DecidingOf("item(\"load\") > 4 or error_rate > 0.5", Errors(0.25F))),
            "|error_rate>0.250000/0.500000");
  const std::vector<Host> hosts = {{"a", {kNoValue}}, {"b", {Value(2)}}};
  EXPECT_EQ(Text(DecidingOf("item(\"load\") > 4", {}, hosts)),
            "b|item(\"load\")>2.000000/4.000000");
  EXPECT_EQ(DecidingOf("item(\"load\") > 4", {}).metric, "");
}

TEST(RuleEvaluateTest, DecidingWritesKeysAsTheyCanBeReadAgain) {
  const Comparison c = DecidingOf(R"(item('size["/"]') > 4)", {}, {{"a", {Value(5)}}});
  EXPECT_EQ(c.metric, R"(item("size[\"/\"]"))");
}

}  // namespace
}  // namespace mon::anomaly_detector
