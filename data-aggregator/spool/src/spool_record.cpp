#include "spool_record.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>

namespace mon::data_aggregator {
namespace {

constexpr std::string_view kFileMark = "MONSPOOL";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kRecordMark = "MREC";
constexpr std::size_t kPrefixBytes = 12;  // mark, length, checksum
constexpr std::size_t kFixedBytes = 44;   // of the payload, without the name
constexpr std::size_t kLongestName = 1024;

template <typename T>
void Put(std::string& to, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    to.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU));
}

/// Reads numbers off a text that is long enough.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Get() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    bytes_.remove_prefix(sizeof(T));
    return static_cast<T>(value);
  }
  [[nodiscard]] std::string_view Rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

std::uint32_t Checksum(std::string_view length_and_payload) {
  return static_cast<std::uint32_t>(crc32_z(
      0, reinterpret_cast<const Bytef*>(length_and_payload.data()), length_and_payload.size()));
}

/// The payload of the record that begins with `bytes`, if that is whole and right.
std::optional<std::string_view> PayloadOf(std::string_view bytes) {
  if (bytes.size() < kPrefixBytes + kFixedBytes) return std::nullopt;
  Reader prefix(bytes.substr(kRecordMark.size()));
  const auto length = prefix.Get<std::uint32_t>();
  const auto checksum = prefix.Get<std::uint32_t>();
  if (length < kFixedBytes || length > kFixedBytes + kLongestName) return std::nullopt;
  if (bytes.size() < kPrefixBytes + length) return std::nullopt;
  std::string checked(bytes.substr(kRecordMark.size(), sizeof length));
  checked += bytes.substr(kPrefixBytes, length);
  if (Checksum(checked) != checksum) return std::nullopt;
  return bytes.substr(kPrefixBytes, length);
}

SpooledSample ParsePayload(std::string_view payload) {
  Reader reader(payload);
  SpooledSample record;
  record.sequence = reader.Get<std::uint64_t>();
  record.received_at = TimePoint(std::chrono::milliseconds(reader.Get<std::int64_t>()));
  record.sample.timestamp = reader.Get<std::int64_t>();
  record.sample.response_time_ms = reader.Get<std::int64_t>();
  record.sample.error_rate = std::bit_cast<float>(reader.Get<std::uint32_t>());
  record.sample.skew_seconds = reader.Get<std::int64_t>();
  record.sample.application = reader.Rest();
  return record;
}

}  // namespace

std::string SegmentHeader() {
  std::string header(kFileMark);
  Put(header, kVersion);
  Put(header, std::uint32_t{0});
  return header;
}

std::optional<std::string> CheckSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kFileMark)) return std::nullopt;
  Reader reader(bytes.substr(kFileMark.size()));
  const auto version = reader.Get<std::uint32_t>();
  if (version != kVersion)
    return fmt::format("it has format version {}, this program knows {}", version, kVersion);
  return std::nullopt;
}

void AppendRecord(std::string& to, const SpooledSample& record) {
  std::string payload;
  Put(payload, record.sequence);
  Put(payload, std::int64_t{record.received_at.time_since_epoch().count()});
  Put(payload, record.sample.timestamp);
  Put(payload, record.sample.response_time_ms);
  Put(payload, std::bit_cast<std::uint32_t>(record.sample.error_rate));
  Put(payload, record.sample.skew_seconds);
  payload += std::string_view(record.sample.application).substr(0, kLongestName);
  std::string checked;
  Put(checked, static_cast<std::uint32_t>(payload.size()));
  checked += payload;
  to += kRecordMark;
  to += std::string_view(checked).substr(0, sizeof(std::uint32_t));
  Put(to, Checksum(checked));
  to += payload;
}

std::optional<SpooledSample> NextRecord(std::string_view bytes, std::size_t& offset,
                                        std::size_t& skipped) {
  const std::size_t begin = offset;
  for (std::size_t at = bytes.find(kRecordMark, begin); at != std::string_view::npos;
       at = bytes.find(kRecordMark, at + 1)) {
    const auto payload = PayloadOf(bytes.substr(at));
    if (!payload) continue;
    skipped = at - begin;
    offset = at + kPrefixBytes + payload->size();
    return ParsePayload(*payload);
  }
  skipped = bytes.size() - std::min(begin, bytes.size());
  return std::nullopt;
}

}  // namespace mon::data_aggregator
