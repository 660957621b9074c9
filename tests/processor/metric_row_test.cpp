#include "metric_row.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mon::processor {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

MetricRow Good() { return {7, kNow - 5, 137.0, 0.02, kNow - 4}; }

std::string ReasonOf(const MetricRow& row) {
  const auto sample = Check(row, kNow);
  return sample ? "" : sample.error();
}

TEST(SampleTest, GoodRowIsASample) {
  const auto sample = Check(Good(), kNow);
  ASSERT_TRUE(sample);
  EXPECT_EQ(*sample, (Sample{7, kNow - 5, 137, 0.02F}));
}

TEST(SampleTest, NullIsNeverZero) {
  auto row = Good();
  row.timestamp.reset();
  EXPECT_EQ(ReasonOf(row), "timestamp is NULL");
  row = Good();
  row.response_time_ms.reset();
  EXPECT_EQ(ReasonOf(row), "response_time_ms is NULL");
  row = Good();
  row.error_rate.reset();
  EXPECT_EQ(ReasonOf(row), "error_rate is NULL");
}

TEST(SampleTest, ImpossibleValuesAreRefused) {
  auto row = Good();
  row.error_rate = 1.0000001;
  EXPECT_EQ(ReasonOf(row), "error_rate is not within 0 and 1");
  row.error_rate = -0.1;
  EXPECT_EQ(ReasonOf(row), "error_rate is not within 0 and 1");
  row.error_rate = std::nan("");
  EXPECT_EQ(ReasonOf(row), "error_rate is not within 0 and 1");
  row = Good();
  row.response_time_ms = -1;
  EXPECT_EQ(ReasonOf(row), "response_time_ms is out of range");
  row.response_time_ms = 1e300;
  EXPECT_EQ(ReasonOf(row), "response_time_ms is out of range");
  row = Good();
  row.timestamp = -1;
  EXPECT_EQ(ReasonOf(row), "timestamp is negative");
}

TEST(SampleTest, EdgesOfTheRangesAreGood) {
  auto row = Good();
  row.error_rate = 0;
  row.response_time_ms = 0;
  EXPECT_EQ(ReasonOf(row), "");
  row.error_rate = 1;
  EXPECT_EQ(ReasonOf(row), "");
}

TEST(SampleTest, MoreThanAnHourAheadIsRefused) {
  auto row = Good();
  row.timestamp = kNow + 3600;
  EXPECT_EQ(ReasonOf(row), "");
  row.timestamp = kNow + 3601;
  EXPECT_EQ(ReasonOf(row), "timestamp is more than an hour ahead");
}

TEST(SampleTest, ClockThatWasSetBackDoesNotRefuseWhatWasRecordedBefore) {
  auto row = Good();
  row.timestamp = kNow + 3700;
  row.recorded_at = kNow + 3650;
  EXPECT_EQ(ReasonOf(row), "");
}

TEST(SampleTest, OldTimeIsGood) {
  auto row = Good();
  row.timestamp = 1;
  EXPECT_EQ(ReasonOf(row), "");
}

}  // namespace
}  // namespace mon::processor
