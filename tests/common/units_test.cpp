#include "common/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace mon {
namespace {

TEST(ReadableNumberTest, HasFourDigitsAtMost) {
  EXPECT_EQ(ReadableNumber(12.4), "12.4");
  EXPECT_EQ(ReadableNumber(0.000123456), "0.0001235");
  EXPECT_EQ(ReadableNumber(1023.4), "1023");
  EXPECT_EQ(ReadableNumber(0), "0");
}

TEST(ReadableNumberTest, ScalesAsZabbixDoes) {
  EXPECT_EQ(ReadableNumber(1.5 * 1024 * 1024 * 1024, "B"), "1.5 GB");
  EXPECT_EQ(ReadableNumber(-2048, "Bps"), "-2 KBps");
  EXPECT_EQ(ReadableNumber(15'200), "15.2 K");
  EXPECT_EQ(ReadableNumber(3'000'000, "req"), "3 Mreq");
  EXPECT_EQ(ReadableNumber(9'999, "req"), "9999 req");
}

TEST(ReadableNumberTest, LeavesUnitsThatAreNotScaled) {
  EXPECT_EQ(ReadableNumber(97.25, "%"), "97.25 %");
  EXPECT_EQ(ReadableNumber(20'000, "!ms"), "20000 ms");
  EXPECT_EQ(ReadableNumber(1'750'000'000, "unixtime"), "1.75e+09 unixtime");
}

TEST(ReadableNumberTest, GoesOnBehindTheLastPrefix) {
  EXPECT_EQ(ReadableNumber(1e21), "1000000 P");
  EXPECT_EQ(ReadableNumber(std::numeric_limits<double>::infinity(), "B"), "inf PB");
}

}  // namespace
}  // namespace mon
