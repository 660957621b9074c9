#include "data_aggregator/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <utility>

#include "common/log.h"
#include "common/text.h"
#include "files.h"
#include "segment.h"
#include "spool_record.h"
#include "spool_state.h"

// Sequences run without a hole from the first record ever to the last. So the number of records in
// a segment follows from the name of the next one, and opening the spool reads its last file alone:
// a cron run pays the same whether an hour or a week lies in it. A record that the disk has lost
// shows as a hole when its turn comes, and is counted then.

namespace mon::data_aggregator {
namespace {

constexpr mode_t kDirectoryMode = 0750;
constexpr mode_t kFileMode = 0640;
// The oldest segment goes as a whole where room is needed, and is read as a whole for replay.
constexpr std::uint64_t kMostSegments = 16;
constexpr std::uint64_t kLongestSegment = 4U << 20U;
constexpr std::uint64_t kRoomForOne = 2048;  // bytes, the longest record and a header

std::uint64_t SegmentBytes(const SpoolConfig& limits) {
  return std::min(kLongestSegment, limits.max_bytes / kMostSegments);
}

std::string PidIn(const Descriptor& lock) {
  char text[32] = {};
  const ssize_t got = pread(lock.Get(), text, sizeof text - 1, 0);
  const auto pid =
      ParseUint(Trim(std::string_view(text, got > 0 ? static_cast<std::size_t>(got) : 0)));
  return pid ? fmt::to_string(*pid) : "unknown";
}

}  // namespace

struct Spool::Impl {
  std::filesystem::path directory;
  SpoolConfig limits;
  Descriptor lock;
  SpoolState state;
  bool state_changed = false;
  std::vector<Segment> segments;  // oldest first
  Descriptor active;              // the last of them, where it is open for appending
  std::uint64_t next = 1;         // the sequence of the next record

  // What the last call of Oldest gave out and left out.
  std::vector<std::uint64_t> shown;
  std::vector<std::uint64_t> too_old;
  // The first record behind `state.freed` lies in the first segment at or behind this offset.
  std::size_t front_offset = kSegmentHeaderBytes;

  Result<void> Load(TimePoint now);
  Result<void> DropAged(TimePoint now);
  Result<void> DropOldestSegment(const char* why);
  Result<void> Advance(std::uint64_t through);
  void RemoveFreed();
  void Note(const std::string& outcome, std::uint64_t count);
  [[nodiscard]] std::uint64_t LastOf(std::size_t segment) const;
  [[nodiscard]] std::uint64_t Bytes() const;
  Result<std::size_t> MakeRoom(std::span<const std::uint64_t> sizes);
  Result<void> Write(std::string_view bytes);
  [[nodiscard]] std::filesystem::path StateFile() const { return directory / "state"; }
};

std::uint64_t Spool::Impl::LastOf(std::size_t segment) const {
  return (segment + 1 < segments.size() ? segments[segment + 1].first : next) - 1;
}

std::uint64_t Spool::Impl::Bytes() const {
  return std::accumulate(segments.begin(), segments.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Segment& s) { return sum + s.bytes; });
}

Result<void> Spool::Impl::Load(TimePoint now) {
  auto loaded = LoadSpoolState(StateFile());
  if (!loaded) return std::unexpected(loaded.error());
  state = std::move(*loaded);
  auto found = ListSegments(directory);
  if (!found) return std::unexpected(found.error());
  segments = std::move(*found);
  next = std::max(state.freed, state.last) + 1;
  if (!segments.empty()) {
    const auto last = RepairTail(segments.back());
    if (!last) return std::unexpected(last.error());
    next = std::max(next, *last + 1);
  }
  // Written before a crash, and not yet counted.
  if (next - 1 > state.last) Note(outcome::kReceived, next - 1 - state.last);
  state.last = next - 1;
  RemoveFreed();
  return DropAged(now);
}

Result<void> Spool::Impl::DropAged(TimePoint now) {
  while (segments.size() > 1) {
    const auto bytes = ReadSegment(segments[1]);
    if (!bytes) return std::unexpected(bytes.error());
    std::size_t offset = 0;
    std::size_t skipped = 0;
    const auto record = NextRecord(*bytes, offset, skipped);
    if (!record || record->received_at >= now - limits.max_age) return {};
    if (auto dropped = DropOldestSegment(outcome::kDroppedAge); !dropped) return dropped;
  }
  return {};
}

Result<void> Spool::Impl::DropOldestSegment(const char* why) {
  const std::uint64_t last = LastOf(0);
  const std::uint64_t lost = last - std::min(last, state.freed);
  if (segments.size() == 1) active = Descriptor();
  Note(why, lost);
  log::Error("samples dropped from the spool",
             {{"count", fmt::to_string(lost)}, {"reason", why}, {"spool", directory.string()}});
  return Advance(std::max(last, state.freed));
}

/// Frees up to `through` and writes the state; the files go after it.
Result<void> Spool::Impl::Advance(std::uint64_t through) {
  state.freed = through;
  if (auto saved = SaveSpoolState(StateFile(), state, true); !saved) return saved;
  state_changed = false;
  RemoveFreed();
  return {};
}

/// A file that cannot be removed now is removed when the spool is opened again.
void Spool::Impl::RemoveFreed() {
  while (!segments.empty() && LastOf(0) <= state.freed) {
    if (segments.size() == 1) active = Descriptor();
    (void)unlink(segments.front().file.c_str());
    segments.erase(segments.begin());
    front_offset = kSegmentHeaderBytes;
  }
}

void Spool::Impl::Note(const std::string& outcome, std::uint64_t count) {
  if (count == 0) return;
  state.totals[outcome] += count;
  state_changed = true;
}

/// How many of the records whose bytes `sizes` has find room, after what the policy allows.
Result<std::size_t> Spool::Impl::MakeRoom(std::span<const std::uint64_t> sizes) {
  std::size_t fitting = sizes.size();
  std::uint64_t wanted = std::accumulate(sizes.begin(), sizes.end(), kSegmentHeaderBytes);
  const auto fits = [&] { return Bytes() + wanted <= limits.max_bytes; };
  while (limits.policy == SpoolPolicy::kDropOldest && !fits() && !segments.empty()) {
    if (auto dropped = DropOldestSegment(outcome::kDroppedFull); !dropped)
      return std::unexpected(dropped.error());
  }
  while (fitting > 0 && !fits()) wanted -= sizes[--fitting];
  return fitting;
}

/// Behind the last segment, or into a new one where that is long enough. Leaves nothing of it
/// behind where it fails.
Result<void> Spool::Impl::Write(std::string_view bytes) {
  // What cannot be freed is not to be spooled: the state takes its room while there is some.
  if (segments.empty()) {
    if (auto saved = SaveSpoolState(StateFile(), state, true); !saved) return saved;
  }
  if (segments.empty() || segments.back().bytes + bytes.size() > SegmentBytes(limits)) {
    Segment fresh{directory / SegmentName(next), next, 0};
    auto opened = OpenSegment(fresh);
    if (!opened) return std::unexpected(opened.error());
    active = std::move(*opened);
    segments.push_back(std::move(fresh));
  } else if (!active) {
    auto opened = OpenSegment(segments.back());
    if (!opened) return std::unexpected(opened.error());
    active = std::move(*opened);
  }
  Segment& segment = segments.back();
  auto written = WriteAll(active, bytes, segment.file);
  if (written && fdatasync(active.Get()) != 0)
    written = FileError(segment.file, "cannot be synced");
  if (!written) {
    (void)ftruncate(active.Get(), static_cast<off_t>(segment.bytes));
    active = Descriptor();
    return written;
  }
  segment.bytes += bytes.size();
  return {};
}

Spool::Spool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Spool::~Spool() = default;

Result<std::unique_ptr<Spool>> Spool::Open(const std::filesystem::path& directory,
                                           const SpoolConfig& limits, TimePoint now) {
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  impl->limits = limits;
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) {
    errno = error.value();
    return FileError(directory, "cannot be made");
  }
  if (made) (void)chmod(directory.c_str(), kDirectoryMode);
  const std::filesystem::path lock = directory / "lock";
  impl->lock = Descriptor(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (!impl->lock) return FileError(lock, "cannot be opened");
  if (flock(impl->lock.Get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FileError(lock, "cannot be locked");
    return Fail(ErrorCode::kBusy, fmt::format("another run on this host, pid {}, has the spool {}",
                                              PidIn(impl->lock), directory.string()));
  }
  // For people; the lock itself is the kernel's.
  (void)ftruncate(impl->lock.Get(), 0);
  (void)WriteAll(impl->lock, fmt::format("{}\n", getpid()), lock);
  if (auto loaded = impl->Load(now); !loaded) return std::unexpected(loaded.error());
  return std::unique_ptr<Spool>(new Spool(std::move(impl)));
}

Result<std::size_t> Spool::Append(std::span<const ApplicationSample> samples, TimePoint now) {
  std::vector<std::uint64_t> sizes;
  std::string bytes;
  for (const ApplicationSample& sample : samples) {
    const std::size_t before = bytes.size();
    AppendRecord(bytes, {impl_->next + sizes.size(), now, sample});
    sizes.push_back(bytes.size() - before);
  }
  const auto fitting = impl_->MakeRoom(sizes);
  if (!fitting) return std::unexpected(fitting.error());
  if (*fitting > 0) {
    bytes.resize(std::accumulate(
        sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(*fitting), std::size_t{0}));
    if (auto written = impl_->Write(bytes); !written) return std::unexpected(written.error());
    impl_->next += *fitting;
    impl_->state.last = impl_->next - 1;
  }
  Note(outcome::kReceived, samples.size());
  if (const std::size_t lost = samples.size() - *fitting; lost > 0) {
    Note(outcome::kDroppedFull, lost);
    log::Error("samples dropped: the spool is full",
               {{"count", fmt::to_string(lost)}, {"spool", impl_->directory.string()}});
  }
  return *fitting;
}

Result<std::vector<SpooledSample>> Spool::Oldest(std::size_t most, TimePoint now) {
  std::vector<SpooledSample> oldest;
  impl_->shown.clear();
  impl_->too_old.clear();
  for (std::size_t i = 0; i < impl_->segments.size() && oldest.size() < most; ++i) {
    const auto bytes = ReadSegment(impl_->segments[i]);
    if (!bytes) return std::unexpected(bytes.error());
    std::size_t offset = i == 0 ? impl_->front_offset : kSegmentHeaderBytes;
    std::size_t skipped = 0;
    for (std::size_t before = offset; oldest.size() < most; before = offset) {
      auto record = NextRecord(*bytes, offset, skipped);
      if (!record) break;
      if (record->sequence <= impl_->state.freed) continue;
      if (i == 0 && impl_->shown.empty() && impl_->too_old.empty()) impl_->front_offset = before;
      if (record->received_at < now - impl_->limits.max_age) {
        impl_->too_old.push_back(record->sequence);
        continue;
      }
      impl_->shown.push_back(record->sequence);
      oldest.push_back(std::move(*record));
    }
  }
  // Nothing good is left: what is missing is lost.
  if (oldest.empty() && Count() > 0) {
    if (auto freed = Free(impl_->next - 1, {}); !freed) return std::unexpected(freed.error());
  }
  return oldest;
}

Result<void> Spool::Free(std::uint64_t through, const Outcomes& outcomes) {
  if (through <= impl_->state.freed) return {};
  const auto up_to = [&](const std::vector<std::uint64_t>& sequences) {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(sequences, [&](std::uint64_t s) { return s <= through; }));
  };
  const std::uint64_t aged = up_to(impl_->too_old);
  const std::uint64_t known = up_to(impl_->shown) + aged;
  const std::uint64_t all = through - impl_->state.freed;
  const std::uint64_t damaged = all - std::min(all, known);
  for (const auto& [name, count] : outcomes) Note(name, count);
  Note(outcome::kDroppedAge, aged);
  Note(outcome::kDroppedDamaged, damaged);
  if (aged + damaged > 0)
    log::Error("samples dropped from the spool", {{"too_old", fmt::to_string(aged)},
                                                  {"damaged", fmt::to_string(damaged)},
                                                  {"spool", impl_->directory.string()}});
  return impl_->Advance(through);
}

std::uint64_t Spool::Count() const { return impl_->next - 1 - impl_->state.freed; }
std::uint64_t Spool::Bytes() const { return impl_->Bytes(); }
bool Spool::Full() const { return impl_->Bytes() + kRoomForOne > impl_->limits.max_bytes; }
const Outcomes& Spool::Totals() const { return impl_->state.totals; }

void Spool::Note(const std::string& outcome, std::uint64_t count) { impl_->Note(outcome, count); }

Result<void> Spool::Save() {
  if (!impl_->state_changed) return {};
  auto saved = SaveSpoolState(impl_->StateFile(), impl_->state, false);
  if (saved) impl_->state_changed = false;
  return saved;
}

}  // namespace mon::data_aggregator
