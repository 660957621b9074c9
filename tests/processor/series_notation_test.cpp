#include "series_notation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mon::processor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr auto kNone = std::nullopt;

std::vector<std::optional<double>> Series(std::string_view text) {
  auto values = ParseSeries(text);
  EXPECT_TRUE(values) << (values ? "" : values.error().message);
  return values.value_or(std::vector<std::optional<double>>{});
}

TEST(SeriesNotationTest, ValuesAreSeparatedByBlanks) {
  EXPECT_THAT(Series("1  2.5 -3 1e-3"),
              ElementsAre(Optional(1.0), Optional(2.5), Optional(-3.0), Optional(0.001)));
}

TEST(SeriesNotationTest, UnderscoreIsNoSample) {
  EXPECT_THAT(Series("1 _ 2"), ElementsAre(Optional(1.0), kNone, Optional(2.0)));
}

TEST(SeriesNotationTest, RepetitionCountsWhatFollowsTheFirst) {
  EXPECT_THAT(Series("0.9x2"), ElementsAre(Optional(0.9), Optional(0.9), Optional(0.9)));
  EXPECT_THAT(Series("0.9x0"), ElementsAre(Optional(0.9)));
}

TEST(SeriesNotationTest, StepIsAddedEachTime) {
  EXPECT_THAT(Series("1+0.5x2"), ElementsAre(Optional(1.0), Optional(1.5), Optional(2.0)));
  EXPECT_THAT(Series("-2-3x1"), ElementsAre(Optional(-2.0), Optional(-5.0)));
  EXPECT_THAT(Series("1+-1x1"), ElementsAre(Optional(1.0), Optional(0.0)));
  EXPECT_THAT(Series("1e1+1e-1x1"), ElementsAre(Optional(10.0), Optional(10.1)));
}

TEST(SeriesNotationTest, MissingSamplesAreRepeatedAsOftenAsTheNumberSays) {
  EXPECT_THAT(Series("_x2 1"), ElementsAre(kNone, kNone, Optional(1.0)));
}

TEST(SeriesNotationTest, WhatIsNotUnderstoodIsNamed) {
  for (const char* wrong : {"", "abc", "1x", "x3", "1+2", "1x-1", "nan", "inf", "1,2", "_+1x2"}) {
    const auto values = ParseSeries(wrong);
    ASSERT_FALSE(values) << wrong;
    EXPECT_EQ(values.error().code, ErrorCode::kInvalidData);
    EXPECT_THAT(values.error().message, HasSubstr("expected a number"));
  }
  EXPECT_THAT(ParseSeries("1 2 three 4").error().message, HasSubstr("\"three\""));
}

TEST(SeriesNotationTest, EndlessSeriesIsRefused) {
  EXPECT_THAT(ParseSeries("1x99999999999").error().message, HasSubstr("more than 1000000 values"));
}

}  // namespace
}  // namespace mon::processor
