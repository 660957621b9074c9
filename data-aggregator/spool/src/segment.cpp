#include "segment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "common/log.h"
#include "common/text.h"
#include "spool_record.h"

namespace mon::data_aggregator {
namespace {

constexpr const char* kSuffix = ".spool";
constexpr mode_t kMode = 0640;

}  // namespace

std::string SegmentName(std::uint64_t first) { return fmt::format("{:020}{}", first, kSuffix); }

Result<std::vector<Segment>> ListSegments(const std::filesystem::path& directory) {
  std::vector<Segment> segments;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != kSuffix) continue;
    const auto first = ParseUint(entry->path().stem().string());
    if (!first || entry->path().filename() != SegmentName(*first)) continue;
    struct stat status{};
    if (stat(entry->path().c_str(), &status) != 0)
      return FileError(entry->path(), "cannot be looked at");
    segments.push_back({entry->path(), *first, static_cast<std::uint64_t>(status.st_size)});
  }
  if (error) {
    errno = error.value();
    return FileError(directory, "cannot be listed");
  }
  std::ranges::sort(segments, {}, &Segment::first);
  return segments;
}

Result<std::string> ReadSegment(const Segment& segment) {
  const Descriptor file(open(segment.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return FileError(segment.file, "cannot be opened");
  auto bytes = ReadUpTo(file, segment.bytes, segment.file);
  if (!bytes) return bytes;
  if (const auto wrong = CheckSegmentHeader(*bytes))
    return Fail(ErrorCode::kConfig,
                fmt::format("spool {}: {}; move it away, or use the program that wrote it",
                            segment.file.string(), *wrong));
  return bytes;
}

Result<std::uint64_t> RepairTail(Segment& segment) {
  const auto bytes = ReadSegment(segment);
  if (!bytes) return std::unexpected(bytes.error());
  std::uint64_t last = segment.first - 1;
  std::size_t offset = std::min(kSegmentHeaderBytes, bytes->size());
  std::size_t end = bytes->size() < kSegmentHeaderBytes ? 0 : offset;
  std::size_t skipped = 0;
  while (const auto record = NextRecord(*bytes, offset, skipped)) {
    last = std::max(last, record->sequence);
    end = offset;
  }
  if (end == bytes->size()) return last;
  log::Warning("spool: a torn record was cut off; it had not been reported as safe",
               {{"file", segment.file.string()}, {"bytes", fmt::to_string(bytes->size() - end)}});
  if (truncate(segment.file.c_str(), static_cast<off_t>(end)) != 0)
    return FileError(segment.file, "its torn end cannot be cut off");
  segment.bytes = end;
  return last;
}

Result<Descriptor> OpenSegment(Segment& segment) {
  const int create = segment.bytes == 0 ? O_CREAT : 0;
  Descriptor file(open(segment.file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | create, kMode));
  if (!file) return FileError(segment.file, "cannot be opened");
  if (segment.bytes > 0) return file;
  const std::string header = SegmentHeader();
  if (auto written = WriteAll(file, header, segment.file); !written) {
    (void)unlink(segment.file.c_str());
    return std::unexpected(written.error());
  }
  if (auto synced = SyncDirectory(segment.file.parent_path()); !synced)
    return std::unexpected(synced.error());
  segment.bytes = header.size();
  return file;
}

}  // namespace mon::data_aggregator
