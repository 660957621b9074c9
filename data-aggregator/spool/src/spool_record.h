#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "data_aggregator/spool.h"

// The bytes of a segment, all numbers little-endian:
//
//   header   "MONSPOOL", u32 format version (1), u32 0
//   record   "MREC", u32 length of the payload, u32 CRC-32 (zlib's) of length and payload, payload
//   payload  u64 sequence, i64 received (ms), i64 timestamp (s), i64 response time (ms),
//            u32 error rate (the bits of a float), i64 skew (s), the application's name
//
// Each record begins with a mark, so that a reader finds the next one behind a damaged stretch.

namespace mon::data_aggregator {

inline constexpr std::size_t kSegmentHeaderBytes = 16;

[[nodiscard]] std::string SegmentHeader();
/// In words, where a segment is of another version than this program knows. A header that is none
/// of ours is damage, which a reader passes over.
[[nodiscard]] std::optional<std::string> CheckSegmentHeader(std::string_view bytes);

void AppendRecord(std::string& to, const SpooledSample& record);

/// The first good record in `bytes` at or behind `offset`, which moves behind it; nothing where
/// there is none up to the end. `skipped` is set to the bytes passed over before it. Never reads
/// outside of `bytes`, whatever is in them.
[[nodiscard]] std::optional<SpooledSample> NextRecord(std::string_view bytes, std::size_t& offset,
                                                      std::size_t& skipped);

}  // namespace mon::data_aggregator
