#include "alerting_system/time_argument.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mon::alerting_system {
namespace {

constexpr std::int64_t kNow = 1'764'064'800;  // 2025-11-25 10:00:00 UTC

std::int64_t Parsed(std::string_view text, std::string_view zone = "UTC") {
  const auto time = ParseTime(text, kNow, *TimeZone::Load(zone));
  EXPECT_TRUE(time) << text << ": " << (time ? "" : time.error().message);
  return time.value_or(0);
}

TEST(TimeArgumentTest, CalendarTimeIsLocal) {
  EXPECT_EQ(Parsed("2025-11-25 10:00"), kNow);
  EXPECT_EQ(Parsed("2025-11-25 10:00:05"), kNow + 5);
  EXPECT_EQ(Parsed("2025-11-25 11:00", "Europe/Berlin"), kNow);
  EXPECT_EQ(Parsed("2025-07-01T12:00:00", "Europe/Berlin"), Parsed("2025-07-01 10:00"));
}

TEST(TimeArgumentTest, DateIsItsFirstSecond) {
  EXPECT_EQ(Parsed("2025-11-25"), kNow - 36'000);
  EXPECT_EQ(Parsed("2025-11-25", "Europe/Berlin"), kNow - 39'600);
}

TEST(TimeArgumentTest, ZoneBesideTheTimeCounts) {
  for (const char* text : {"2025-11-25T10:00:00Z", "2025-11-25 10:00Z", "2025-11-25T11:00:00+01:00",
                           "2025-11-25 11:00 +0100", "2025-11-25T04:30-05:30"}) {
    EXPECT_EQ(Parsed(text, "Asia/Tokyo"), kNow) << text;
  }
}

TEST(TimeArgumentTest, DayOfTheClockChange) {
  // 02:30 is there twice, then not at all.
  EXPECT_THAT(Parsed("2025-10-26 02:30", "Europe/Berlin"),
              testing::AnyOf(Parsed("2025-10-26 00:30"), Parsed("2025-10-26 01:30")));
  EXPECT_EQ(Parsed("2025-10-26 03:00", "Europe/Berlin"), Parsed("2025-10-26 02:00"));
  EXPECT_EQ(Parsed("2025-10-26 01:59", "Europe/Berlin"), Parsed("2025-10-25 23:59"));
  EXPECT_EQ(Parsed("2025-03-30 03:00", "Europe/Berlin"), Parsed("2025-03-30 01:00"));
}

TEST(TimeArgumentTest, RelativeToNow) {
  EXPECT_EQ(Parsed("now"), kNow);
  EXPECT_EQ(Parsed("-2h"), kNow - 7'200);
  EXPECT_EQ(Parsed("+30m"), kNow + 1'800);
}

TEST(TimeArgumentTest, EpochSeconds) { EXPECT_EQ(Parsed("1764064800"), kNow); }

TEST(TimeArgumentTest, WhatIsNoTimeIsRefused) {
  for (const char* wrong :
       {"", "yesterday", "2025", "2025-13-01", "2025-02-30", "2025-11-25 24:00", "2025-11-25 10",
        "2025-11-25 10:00:60", "2025-11-25 10:00 CET", "2025-11-25T10:00Z1", "-2", "2h", "-1h30m",
        "2025-11-25 10:00+1", "1764064800000", "25.11.2025"}) {
    const auto time = ParseTime(wrong, kNow, TimeZone::Utc());
    ASSERT_FALSE(time) << wrong;
    EXPECT_EQ(time.error().code, ErrorCode::kUsage);
    EXPECT_THAT(time.error().message, testing::HasSubstr("expected a time"));
  }
}

}  // namespace
}  // namespace mon::alerting_system
