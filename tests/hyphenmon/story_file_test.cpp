#include <gtest/gtest.h>

#include "hyphenmon/scenario.h"

namespace mon::hyphenmon {
namespace {

constexpr const char* kHeader = "seconds,response_time_ms,error_rate,delay_ms,answer\n";

std::string ErrorOf(const std::string& text) {
  const auto story = ParseStory(text, "story.csv");
  EXPECT_FALSE(story.has_value());
  if (story) return "";
  EXPECT_EQ(story.error().code, ErrorCode::kInvalidData);
  return story.error().message;
}

TEST(StoryFileTest, PlaysWithoutNoiseAndLinearBetweenPoints) {
  const auto story = ParseStory(
      "# an outage\nseconds,response_time_ms,error_rate\r\n0,100,0\r\n10,200,0.5\n", "s");
  ASSERT_TRUE(story.has_value()) << story.error().message;
  const Scenario scenario(*story, 99);
  EXPECT_EQ(scenario.At(0).response_time_ms, 100);
  EXPECT_EQ(scenario.At(5).response_time_ms, 150);
  EXPECT_EQ(scenario.At(5).error_rate, 0.25);
  EXPECT_EQ(scenario.At(60).error_rate, 0.5);
}

TEST(StoryFileTest, TwoPointsOfOneSecondMakeAJump) {
  const auto story =
      ParseStory("seconds,response_time_ms,error_rate\n0,100,0\n5,100,0\n5,900,1\n", "s");
  ASSERT_TRUE(story.has_value());
  const Scenario scenario(*story, 1);
  EXPECT_EQ(scenario.At(4).response_time_ms, 100);
  EXPECT_EQ(scenario.At(5).response_time_ms, 900);
}

TEST(StoryFileTest, TakesDelayAndAnswer) {
  const auto story = ParseStory(std::string(kHeader) + "0,100,0,,\n5,100,0,2500,cut_json\n", "s");
  ASSERT_TRUE(story.has_value()) << story.error().message;
  const Scenario scenario(*story, 1);
  EXPECT_EQ(scenario.At(0).answer, Answer::kSample);
  EXPECT_EQ(scenario.At(7).answer, Answer::kCutJson);
  EXPECT_EQ(scenario.At(7).delay, std::chrono::milliseconds(2500));
}

TEST(StoryFileTest, BadLinesAreNamed) {
  const std::string header = kHeader;
  EXPECT_TRUE(ErrorOf("second,latency\n").contains("story.csv line 1: expected the header"));
  EXPECT_TRUE(ErrorOf(header + "0,100,0,0\n").contains("line 2: expected 5 fields, found 4"));
  EXPECT_TRUE(ErrorOf(header + "1,100,0,0,\n").contains("the first point must be at 0"));
  EXPECT_TRUE(ErrorOf(header + "0,1,0,0,\n9,1,0,0,\n8,1,0,0,\n").contains("line 4: seconds must"));
  EXPECT_TRUE(ErrorOf(header + "0,-1,0,0,\n").contains("response_time_ms"));
  EXPECT_TRUE(ErrorOf(header + "0,1,1.1,0,\n").contains("error_rate"));
  EXPECT_TRUE(ErrorOf(header + "0,1,nan,0,\n").contains("error_rate"));
  EXPECT_TRUE(ErrorOf(header + "0,1,0,-1,\n").contains("delay_ms"));
  EXPECT_TRUE(ErrorOf(header + "0,1,0,0,sing\n").contains("unknown answer 'sing'"));
  EXPECT_TRUE(ErrorOf(header).contains("at least one point"));
  EXPECT_TRUE(ErrorOf("").contains("at least one point"));
}

}  // namespace
}  // namespace mon::hyphenmon
