#include "stream_time.h"

#include <gtest/gtest.h>

#include <limits>

namespace mon::anomaly_detector {
namespace {

TEST(StreamTimeTest, TakesEpochSeconds) {
  EXPECT_EQ(ParseStreamTime("1750000000"), 1'750'000'000);
  EXPECT_EQ(ParseStreamTime("-1"), -1);
  EXPECT_EQ(ParseStreamTime("0"), 0);
}

TEST(StreamTimeTest, TakesDateAndTimeInUtc) {
  EXPECT_EQ(ParseStreamTime("2025-06-15 15:06:40"), 1'750'000'000);
  EXPECT_EQ(ParseStreamTime("1970-01-01 00:00:00"), 0);
  EXPECT_EQ(ParseStreamTime("1969-12-31 23:59:59"), -1);
  EXPECT_EQ(ParseStreamTime("2024-02-29 23:59:59"), 1'709'251'199);
  EXPECT_EQ(ParseStreamTime("2016-12-31 23:59:60"), 1'483'228'800) << "a leap second";
}

TEST(StreamTimeTest, RefusesAllElse) {
  for (const char* text :
       {"", "now", "1750000000.5", " 1750000000", "2025-06-15", "2025-06-15T15:06:40",
        "2025-06-15 15:06:40Z", "2025-6-15 15:06:40", "2025-13-01 00:00:00", "2025-00-01 00:00:00",
        "2025-02-29 00:00:00", "2025-06-31 00:00:00", "2025-06-15 24:00:00", "2025-06-15 15:60:00",
        "2025-06-15 15:06:61", "2025-06-15 15:06:-1", "2o25-06-15 15:06:40",
        "99999999999999999999"}) {
    EXPECT_FALSE(ParseStreamTime(text)) << text;
  }
}

}  // namespace
}  // namespace mon::anomaly_detector
