#include <gmock/gmock.h>

#include <string>

#include "anomaly_detector/rule.h"

namespace mon::anomaly_detector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

RuleConfig WithExpression(const std::string& expr) {
  RuleConfig config;
  config.name = "x";
  config.expr = expr;
  config.summary = "{value}";
  return config;
}

std::string ErrorOf(const std::string& expr) {
  const Result<Rule> rule = Rule::Parse(WithExpression(expr));
  return rule ? "no error" : rule.error().message;
}

std::vector<std::string> KeysOf(const std::string& expr) {
  const Result<Rule> rule = Rule::Parse(WithExpression(expr));
  return rule ? rule->ItemKeys() : std::vector<std::string>{rule.error().message};
}

TEST(RuleParseTest, TakesTheBuiltInRule) {
  const Result<Rule> rule = Rule::Parse(RuleConfig{});
  ASSERT_TRUE(rule) << rule.error().message;
  EXPECT_EQ(rule->Name(), "high-error-rate");
  EXPECT_FALSE(rule->UsesItems());
}

TEST(RuleParseTest, TakesEveryOperatorAndAnyBlanks) {
  for (const char* op : {">", ">=", "<", "<=", "==", "!="}) {
    EXPECT_EQ(ErrorOf(std::string("error_rate") + op + "0.5"), "no error") << op;
    EXPECT_EQ(ErrorOf(std::string(" \n error_rate\t") + op + " 0.5 "), "no error") << op;
  }
}

TEST(RuleParseTest, TakesNumbersInEveryUsualForm) {
  for (const char* number : {"1", "0.5", ".5", "-3", "+3", "1e6", "2.5E-3", "-1e+3"}) {
    EXPECT_EQ(ErrorOf(std::string("response_time_ms > ") + number), "no error") << number;
  }
}

TEST(RuleParseTest, NamesItemKeysOnceInTheOrderOfTheText) {
  EXPECT_THAT(KeysOf(R"(item("b") > 1 and (item("a") > 2 or not item("b") < item("c")))"),
              ElementsAre("b", "a", "c"));
}

TEST(RuleParseTest, ReadsQuotesInKeys) {
  EXPECT_THAT(KeysOf(R"(item("vfs.fs.size[\"/\",free]") < 1)"),
              ElementsAre(R"(vfs.fs.size["/",free])"));
  EXPECT_THAT(KeysOf(R"(item('vfs.fs.size["/",free]') < 1)"),
              ElementsAre(R"(vfs.fs.size["/",free])"));
  EXPECT_THAT(KeysOf(R"(item("a\\") < 1)"), ElementsAre(R"(a\)"));
  EXPECT_THAT(KeysOf(R"(item("C:\dir") < 1)"), ElementsAre(R"(C:\dir)"));
}

TEST(RuleParseTest, SaysWhereAndWhatItExpected) {
  EXPECT_EQ(ErrorOf("error_rate > foo"),
            "rule 'x' at column 14: expected a number, error_rate, response_time_ms, "
            "item(\"KEY\"), a function such as avg(error_rate, 5m) or '(', found 'foo'");
  EXPECT_EQ(CheckRule(WithExpression("")).error().code, ErrorCode::kConfig);
}

TEST(RuleParseTest, SuggestsTheWordThatWasMeant) {
  EXPECT_THAT(ErrorOf("eror_rate > 0.5"), HasSubstr("did you mean error_rate?"));
  EXPECT_THAT(ErrorOf("ErrorRate > 0.5"), HasSubstr("did you mean error_rate?"));
  EXPECT_THAT(ErrorOf("response_time > 5"), HasSubstr("did you mean response_time_ms?"));
  EXPECT_THAT(ErrorOf("items(\"a\") > 5"), HasSubstr("did you mean item?"));
  EXPECT_THAT(ErrorOf("latency > 5"), Not(HasSubstr("did you mean")));
}

TEST(RuleParseTest, NamesTheSpellingOfOtherLanguages) {
  EXPECT_THAT(ErrorOf("error_rate = 0.5"), HasSubstr("found '='; did you mean ==?"));
  EXPECT_THAT(ErrorOf("error_rate => 0.5"), HasSubstr("did you mean >=?"));
  EXPECT_THAT(ErrorOf("error_rate <> 0.5"), HasSubstr("did you mean !=?"));
  EXPECT_THAT(ErrorOf("error_rate > 0.5 && response_time_ms > 5"), HasSubstr("did you mean and?"));
  EXPECT_THAT(ErrorOf("error_rate > 0.5 OR response_time_ms > 5"), HasSubstr("did you mean or?"));
  EXPECT_THAT(ErrorOf("!(error_rate > 0.5)"), HasSubstr("did you mean not?"));
  EXPECT_THAT(ErrorOf("NOT error_rate > 0.5"), HasSubstr("did you mean not?"));
}

TEST(RuleParseTest, RefusesAMetricWithoutComparison) {
  EXPECT_EQ(ErrorOf("error_rate"),
            "rule 'x' at column 11: expected a comparison such as > 0.5, found the end");
  EXPECT_THAT(ErrorOf("error_rate and response_time_ms > 5"),
              HasSubstr("column 12: expected a comparison such as > 0.5, found 'and'"));
  EXPECT_THAT(ErrorOf("error_rate > 0.5 or 7"), HasSubstr("column 22: expected a comparison"));
  EXPECT_THAT(ErrorOf("not error_rate"), HasSubstr("column 15: expected a comparison"));
}

TEST(RuleParseTest, RefusesAComparisonOfWhatIsNoNumber) {
  EXPECT_THAT(ErrorOf("1 < error_rate < 3"),
              HasSubstr("column 16: expected 'and', 'or' or the end, found '<'"));
  EXPECT_THAT(ErrorOf("(error_rate > 1) > 2"), HasSubstr("column 18: expected 'and', 'or'"));
  EXPECT_THAT(ErrorOf("3 > (error_rate > 1)"),
              HasSubstr("column 5: expected a number or a metric, found '('"));
  EXPECT_THAT(ErrorOf("1 < 2"), HasSubstr("column 1: expected a metric on one side"));
}

TEST(RuleParseTest, RefusesWhatIsCutOrLeftOver) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("column 1: expected a number"));
  EXPECT_THAT(ErrorOf("(error_rate > 1"), HasSubstr("column 16: expected ')', found the end"));
  EXPECT_THAT(ErrorOf("error_rate > 1)"), HasSubstr("column 15: expected 'and', 'or' or the end"));
  EXPECT_THAT(ErrorOf("error_rate > 1 error_rate > 2"), HasSubstr("column 16: expected 'and'"));
  EXPECT_THAT(ErrorOf("error_rate > 1 and"), HasSubstr("column 19: expected a number"));
  EXPECT_THAT(ErrorOf("item"), HasSubstr("column 5: expected '(' after item"));
  EXPECT_THAT(ErrorOf("item(system.cpu.load) > 4"),
              HasSubstr("column 6: expected an item key in quotes"));
  EXPECT_THAT(ErrorOf("item(\"a) > 4"), HasSubstr("column 6: expected an item key in quotes"));
  EXPECT_THAT(ErrorOf("item(\"\") > 4"), HasSubstr("column 6: expected an item key in quotes"));
  EXPECT_THAT(ErrorOf("item(\"a\" > 4"),
              HasSubstr("column 10: expected ',' or ')' after the item key"));
}

TEST(RuleParseTest, RefusesNumbersThatAreNone) {
  EXPECT_THAT(ErrorOf("response_time_ms > 5ms"),
              HasSubstr("expected a number such as 0.5 or 1e6, found '5ms'"));
  EXPECT_THAT(ErrorOf("response_time_ms > 1e999"), HasSubstr("found '1e999'"));
  EXPECT_THAT(ErrorOf("response_time_ms > 1.2.3"), HasSubstr("found '1.2.3'"));
  EXPECT_THAT(ErrorOf("response_time_ms > nan"), HasSubstr("found 'nan'"));
}

TEST(RuleParseTest, QuotesForeignBytesSafelyAndCutsThem) {
  EXPECT_THAT(ErrorOf("error_rate > µ"), HasSubstr("found 'µ'"));
  EXPECT_THAT(ErrorOf("error_rate > \xff"), HasSubstr("found '\xEF\xBF\xBD'"));
  EXPECT_LT(ErrorOf("error_rate > " + std::string(100'000, 'x')).size(), 300u);
}

TEST(RuleParseTest, BoundsTheNesting) {
  const std::string deep(100'000, '(');
  EXPECT_THAT(ErrorOf(deep + "error_rate > 1"), HasSubstr("column 101: nested more than 100 deep"));
  std::string nots;
  for (int i = 0; i < 100'000; ++i) nots += "not ";
  EXPECT_THAT(ErrorOf(nots + "error_rate > 1"), HasSubstr("nested more than 100 deep"));
  const std::string fine = std::string(100, '(') + "error_rate > 1" + std::string(100, ')');
  EXPECT_EQ(ErrorOf(fine + " and " + fine), "no error");
}

TEST(RuleParseTest, ChecksTheSummary) {
  RuleConfig config = WithExpression("error_rate > 1");
  config.summary = "It is {valeu}";
  EXPECT_THAT(CheckRule(config).error().message,
              StartsWith("rule 'x', summary at column 7: unknown placeholder '{valeu}'"));
  config.summary = "It is {value}";
  EXPECT_TRUE(CheckRule(config));
}

}  // namespace
}  // namespace mon::anomaly_detector
