#include "dispatch/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mon::test {
namespace {

using dispatch::Labels;
using dispatch::Matches;
using dispatch::ParseMatchers;
using testing::HasSubstr;

const Labels kAlert = {{"rule", "errors"}, {"application", "shop-eu"}, {"severity", "critical"},
                       {"host", "web-1"},  {"host", "web-2"},          {"team", "a \"b\""}};

bool Matches(std::string_view text) {
  const auto matchers = ParseMatchers(text);
  EXPECT_TRUE(matchers) << text << ": " << (matchers ? "" : matchers.error().message);
  return matchers && Matches(*matchers, kAlert);
}

std::string Refusal(std::string_view text) {
  const auto matchers = ParseMatchers(text);
  return matchers ? "" : matchers.error().message;
}

TEST(MatcherTest, EachOperatorMeansWhatItDoesInAlertmanager) {
  EXPECT_TRUE(Matches("severity=\"critical\""));
  EXPECT_FALSE(Matches("severity=\"warning\""));
  EXPECT_TRUE(Matches("severity!=\"warning\""));
  EXPECT_TRUE(Matches("application=~\"shop.*\""));
  EXPECT_FALSE(Matches("application=~\"shop\""));  // the whole value
  EXPECT_TRUE(Matches("application!~\"bank.*\""));
}

TEST(MatcherTest, AllOfThemMustHold) {
  EXPECT_TRUE(Matches("severity=\"critical\", application=~\"shop.*\""));
  EXPECT_FALSE(Matches("severity=\"critical\", application=\"bank\""));
  EXPECT_TRUE(Matches(""));
}

TEST(MatcherTest, OfSeveralHostsOneIsEnough) {
  EXPECT_TRUE(Matches("host=\"web-2\""));
  EXPECT_FALSE(Matches("host!=\"web-2\""));
  EXPECT_TRUE(Matches("host!~\"db.*\""));
}

TEST(MatcherTest, ALabelThatIsNotThereIsEmpty) {
  EXPECT_TRUE(Matches("owner=\"\""));
  EXPECT_FALSE(Matches("owner!=\"\""));
}

TEST(MatcherTest, BracesAndQuotesMayBeLeftOut) {
  EXPECT_TRUE(Matches("{severity=critical,application=shop-eu}"));
  EXPECT_TRUE(Matches(" severity = critical "));
  EXPECT_TRUE(Matches("team=\"a \\\"b\\\"\""));
}

TEST(MatcherTest, WhatWasReadIsWrittenTheSame) {
  const std::string text = "a=\"x\", b!=\"y \\\"z\\\"\", c=~\"d.*\", e!~\"f\"";
  EXPECT_EQ(ToText(*ParseMatchers(text)), text);
}

TEST(MatcherTest, MistakesAreToldWithTheirColumn) {
  EXPECT_EQ(Refusal("severity"), "at column 9: expected one of = != =~ !~, found the end");
  EXPECT_EQ(Refusal("=x"), "at column 1: expected the name of a label, found \"=x\"");
  EXPECT_EQ(Refusal("a=\"b"), "at column 5: expected '\"' at the end of the value, found the end");
  EXPECT_EQ(Refusal("a=b c=d"), "at column 5: expected ',' or the end, found \"c=d\"");
  EXPECT_EQ(Refusal("{a=b"), "at column 5: expected ',' or '}', found the end");
  EXPECT_EQ(Refusal("a=~\"(\""), "at column 4: expected a regular expression, found \"(\"");
  EXPECT_THAT(Refusal("a=~\"" + std::string(300, 'x') + "\""), HasSubstr("at most 256 bytes"));
}

}  // namespace
}  // namespace mon::test
