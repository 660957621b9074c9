#include "common/text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>

namespace mon {
namespace {

using namespace std::chrono_literals;

TEST(ParseDurationTest, ReadsEachUnit) {
  EXPECT_EQ(ParseDuration("250ms").value(), 250ms);
  EXPECT_EQ(ParseDuration("10s").value(), 10s);
  EXPECT_EQ(ParseDuration("5m").value(), 5min);
  EXPECT_EQ(ParseDuration("1h").value(), 1h);
  EXPECT_EQ(ParseDuration("7d").value(), 168h);
}

TEST(ParseDurationTest, RefusesAnythingElse) {
  for (const char* text : {"", "10", "s", "-5s", "+5s", "1.5s", "10 s", " 10s", "10s ", "10S",
                           "1h5m", "10sec", "99999999999999999999s", "106751991168d"}) {
    const auto parsed = ParseDuration(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kConfig);
  }
}

TEST(ParseDurationTest, SaysWhatWasExpected) {
  EXPECT_EQ(
      ParseDuration("10\n").error().message,
      "\"10\\n\" is not a duration: expected a whole number and one of ms, s, m, h, d, such as"
      " \"10s\"");
}

TEST(FormatDurationTest, UsesTheLargestUnitThatDivides) {
  EXPECT_EQ(FormatDuration(0ms), "0s");
  EXPECT_EQ(FormatDuration(1500ms), "1500ms");
  EXPECT_EQ(FormatDuration(90s), "90s");
  EXPECT_EQ(FormatDuration(3600s), "1h");
  EXPECT_EQ(FormatDuration(48h), "2d");
}

TEST(FormatDurationTest, ReadsBack) {
  for (const auto duration : {1ms, 999ms, 1000ms, 61'000ms, 86'400'000ms}) {
    EXPECT_EQ(ParseDuration(FormatDuration(duration)).value(), duration);
  }
}

TEST(ParseNumberTest, TakesWholeTextsOnly) {
  EXPECT_EQ(ParseInt("-42"), -42);
  EXPECT_EQ(ParseUint("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_DOUBLE_EQ(ParseDouble("1e3").value(), 1000);
  for (const char* text : {"", " 1", "1 ", "+1", "0x10", "1,5", "one"}) {
    EXPECT_FALSE(ParseInt(text)) << text;
    EXPECT_FALSE(ParseUint(text)) << text;
    EXPECT_FALSE(ParseDouble(text)) << text;
  }
}

TEST(ParseNumberTest, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(ParseInt("9223372036854775808"));
  EXPECT_FALSE(ParseUint("18446744073709551616"));
  EXPECT_FALSE(ParseUint("-1"));
  EXPECT_FALSE(ParseDouble("1e999"));
}

TEST(ParseNumberTest, LeavesNanAndInfinityToTheCaller) {
  EXPECT_TRUE(std::isnan(ParseDouble("nan").value()));
  EXPECT_TRUE(std::isinf(ParseDouble("inf").value()));
}

TEST(ShortestTextTest, IsTheShortestThatReadsBack) {
  EXPECT_EQ(ShortestText(0.02F), "0.02");
  EXPECT_EQ(ShortestText(0.1), "0.1");
  EXPECT_EQ(ShortestText(1.0), "1");
  EXPECT_EQ(ShortestText(1.0 / 3), "0.3333333333333333");
}

TEST(FormatUtcTest, PrintsSecondsOfTheEpoch) {
  EXPECT_EQ(FormatUtc(1750000000), "2025-06-15 15:06:40");
  EXPECT_EQ(FormatUtc(0), "1970-01-01 00:00:00");
  EXPECT_EQ(FormatUtc(-1), "1969-12-31 23:59:59");
}

TEST(FormatUtcTest, SurvivesTimesOfNoCalendar) {
  EXPECT_EQ(FormatUtc(std::numeric_limits<std::int64_t>::max()), "9223372036854775807 s");
  EXPECT_EQ(FormatUtc(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808 s");
}

TEST(SplitListTest, TrimsAndLeavesEmptyPartsOut) {
  EXPECT_EQ(SplitList(" a, b ,,c,"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(SplitList("").empty());
  EXPECT_TRUE(SplitList(" , ").empty());
}

TEST(GlobMatchTest, StarTakesAnyRun) {
  EXPECT_TRUE(GlobMatch("system.cpu.*", "system.cpu.load[all,avg1]"));
  EXPECT_TRUE(GlobMatch("*", ""));
  EXPECT_TRUE(GlobMatch("*a*b*", "xxaxbxb"));
  EXPECT_FALSE(GlobMatch("*a*b", "xxaxbxbc"));
}

TEST(GlobMatchTest, QuestionMarkTakesOneCharacter) {
  EXPECT_TRUE(GlobMatch("web-?", "web-1"));
  EXPECT_FALSE(GlobMatch("web-?", "web-"));
  EXPECT_TRUE(GlobMatch("m?ller", "m\u00fcller"));
}

TEST(GlobMatchTest, EverythingElseIsLiteral) {
  EXPECT_TRUE(GlobMatch("vfs.fs.size[/,used]", "vfs.fs.size[/,used]"));
  EXPECT_FALSE(GlobMatch("vfs.fs.size[/,used]", "vfs.fs.size/"));
  EXPECT_FALSE(GlobMatch("a", "A"));
}

TEST(GlobMatchTest, DoesNotExplodeOnManyStars) {
  EXPECT_FALSE(GlobMatch("*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace mon
