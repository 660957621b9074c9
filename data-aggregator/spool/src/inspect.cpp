#include <algorithm>
#include <string>

#include "data_aggregator/spool.h"
#include "segment.h"
#include "spool_record.h"
#include "spool_state.h"

namespace mon::data_aggregator {
namespace {

constexpr int kLooks = 3;

Result<SpoolContent> Look(const std::filesystem::path& directory) {
  const std::filesystem::path state_file = directory / "state";
  SpoolContent content;
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) return content;
  // What was written by now is in the list that follows; what was freed by then is not missed in
  // it.
  const auto before = LoadSpoolState(state_file);
  if (!before) return std::unexpected(before.error());
  const auto segments = ListSegments(directory);
  if (!segments) return std::unexpected(segments.error());
  const auto after = LoadSpoolState(state_file);
  if (!after) return std::unexpected(after.error());
  std::uint64_t last = after->freed;
  for (const Segment& segment : *segments) {
    const auto bytes = ReadSegment(segment);
    if (!bytes && !std::filesystem::exists(segment.file, error)) continue;
    if (!bytes) return std::unexpected(bytes.error());
    content.bytes += bytes->size();
    std::size_t offset = std::min(kSegmentHeaderBytes, bytes->size());
    std::size_t skipped = 0;
    while (const auto record = NextRecord(*bytes, offset, skipped)) {
      if (record->sequence <= last) continue;
      content.damaged += record->sequence - last - 1;
      last = record->sequence;
      ++content.samples;
      if (!content.oldest) content.oldest = record->received_at;
    }
  }
  content.damaged += before->last - std::min(before->last, last);
  return content;
}

}  // namespace

std::filesystem::path SpoolDirectory(const Config& config) {
  std::string name = config.mysql.database;
  std::ranges::replace(name, '/', '_');
  return config.state_dir / "spool" / name;
}

Result<SpoolContent> InspectSpool(const std::filesystem::path& directory) {
  auto content = Look(directory);
  // A run that frees records meanwhile leaves holes, too; those of damage stay.
  for (int looks = 1; looks < kLooks && content && content->damaged > 0; ++looks)
    content = Look(directory);
  return content;
}

}  // namespace mon::data_aggregator
