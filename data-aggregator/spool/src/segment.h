#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/error.h"
#include "data_aggregator/spool.h"
#include "files.h"

namespace mon::data_aggregator {

/// One file of the spool: records of ascending sequences from `first` on.
struct Segment {
  std::filesystem::path file;
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
};

/// "00000000000000000042.spool": sorted by name is sorted by sequence.
[[nodiscard]] std::string SegmentName(std::uint64_t first);

/// The segments in `directory`, oldest first; other files are none of ours.
[[nodiscard]] Result<std::vector<Segment>> ListSegments(const std::filesystem::path& directory);

/// All its bytes. Errors: kIo; kConfig where a newer program has written it.
[[nodiscard]] Result<std::string> ReadSegment(const Segment& segment);

/// Makes a segment's end clean after a crash: what lies behind its last whole record is cut off,
/// with a warning in the log. Gives the last sequence in it, `first` - 1 where it holds none.
[[nodiscard]] Result<std::uint64_t> RepairTail(Segment& segment);

/// Opens it for appending, made new with its header where `segment.bytes` is 0.
[[nodiscard]] Result<Descriptor> OpenSegment(Segment& segment);

}  // namespace mon::data_aggregator
