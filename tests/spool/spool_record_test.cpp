#include "spool_record.h"

#include <gtest/gtest.h>

namespace mon::data_aggregator {
namespace {

SpooledSample Record(std::uint64_t sequence) {
  SpooledSample record;
  record.sequence = sequence;
  record.received_at = TimePoint(std::chrono::milliseconds(1'750'000'000'123));
  record.sample = {.application = "shop",
                   .timestamp = 1'750'000'000,
                   .response_time_ms = 137,
                   .error_rate = 0.02F,
                   .skew_seconds = -7};
  return record;
}

std::string Bytes(std::uint64_t first, std::uint64_t last) {
  std::string bytes;
  for (std::uint64_t sequence = first; sequence <= last; ++sequence)
    AppendRecord(bytes, Record(sequence));
  return bytes;
}

std::vector<std::uint64_t> Sequences(std::string_view bytes) {
  std::vector<std::uint64_t> sequences;
  std::size_t offset = 0;
  std::size_t skipped = 0;
  while (const auto record = NextRecord(bytes, offset, skipped))
    sequences.push_back(record->sequence);
  return sequences;
}

TEST(SpoolRecordTest, ReadsBackAsWritten) {
  std::size_t offset = 0;
  std::size_t skipped = 1;
  const std::string bytes = Bytes(42, 42);
  const auto record = NextRecord(bytes, offset, skipped);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->sequence, 42U);
  EXPECT_EQ(record->received_at, Record(42).received_at);
  EXPECT_EQ(record->sample.application, "shop");
  EXPECT_EQ(record->sample.timestamp, 1'750'000'000);
  EXPECT_EQ(record->sample.response_time_ms, 137);
  EXPECT_EQ(record->sample.error_rate, 0.02F);
  EXPECT_EQ(record->sample.skew_seconds, -7);
  EXPECT_EQ(offset, bytes.size());
  EXPECT_EQ(skipped, 0U);
}

TEST(SpoolRecordTest, EveryCutCostsTheLastRecordAlone) {
  const std::string whole = Bytes(1, 3);
  const std::size_t two = Bytes(1, 2).size();
  for (std::size_t size = two; size < whole.size(); ++size)
    EXPECT_EQ(Sequences(whole.substr(0, size)), (std::vector<std::uint64_t>{1, 2})) << size;
}

TEST(SpoolRecordTest, EveryBrokenByteCostsItsRecordAlone) {
  const std::string whole = Bytes(1, 3);
  const std::size_t one = Bytes(1, 1).size();
  for (std::size_t at = one; at < 2 * one; ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(~broken[at]);
    EXPECT_EQ(Sequences(broken), (std::vector<std::uint64_t>{1, 3})) << at;
  }
}

TEST(SpoolRecordTest, LostPageBetweenGoodOnesIsSkipped) {
  const std::string bytes = Bytes(1, 2) + std::string(4096, '\0') + Bytes(3, 3);
  EXPECT_EQ(Sequences(bytes), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(SpoolRecordTest, HeaderOfANewerProgramIsNamed) {
  std::string header = SegmentHeader();
  EXPECT_FALSE(CheckSegmentHeader(header));
  header[8] = 2;
  EXPECT_EQ(CheckSegmentHeader(header), "it has format version 2, this program knows 1");
  EXPECT_FALSE(CheckSegmentHeader("MONSPOO"));
  EXPECT_FALSE(CheckSegmentHeader("something of 16B"));
}

}  // namespace
}  // namespace mon::data_aggregator
