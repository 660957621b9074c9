#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/sample.h"

namespace mon::data_aggregator {

/// A sample that waits on disk.
struct SpooledSample {
  std::uint64_t sequence = 0;  ///< its place in the order of arrival, from 1, never used twice
  TimePoint received_at;       ///< our clock, when it was read
  ApplicationSample sample;
};

/// What became of samples, as names of counters; every one that was received ends in exactly one.
/// `received` = the sum of all others + what lies in the spool.
namespace outcome {
inline constexpr const char* kReceived = "received";
inline constexpr const char* kInserted = "inserted";
inline constexpr const char* kReplaced = "replaced";
inline constexpr const char* kUnchanged = "unchanged";       ///< was there already
inline constexpr const char* kQuarantined = "quarantined";   ///< the table cannot hold it
inline constexpr const char* kRefused = "refused";           ///< no sample: wrong types, limits
inline constexpr const char* kDroppedFull = "dropped_full";  ///< the spool had no room
inline constexpr const char* kDroppedAge = "dropped_age";    ///< waited longer than max_age
inline constexpr const char* kDroppedDamaged = "dropped_damaged";      ///< the disk lost it
inline constexpr const char* kDroppedUnspooled = "dropped_unspooled";  ///< no disk to put it on
}  // namespace outcome
using Outcomes = std::map<std::string, std::uint64_t>;

/// A queue of samples in files, for the time in which the database is away.
///
/// Append-only segments of checksummed records; one fdatasync for each batch, so that what Append
/// has returned for survives a crash. A record is freed only when its transaction has committed:
/// a crash in between makes it be stored again, which changes nothing (see SampleStore). A batch
/// that a crash tore costs the torn record alone.
///
/// A disk that is full of other things does not stop `Free`: what that writes takes its room before
/// the first sample does.
///
/// Layout of the directory: `lock`; `NNN.spool`, named after the sequence of its first record;
/// `state`, how far records are freed and what became of them. src/spool_record.h and
/// src/spool_state.h have the formats.
///
/// The lock is held for the object's lifetime: one process, one Spool. Not safe from several
/// threads. Errors: kBusy where another process has it, kIo with the file's name and why.
class Spool {
 public:
  /// Makes the directory where it is missing, drops what is older than `limits.max_age` at `now`,
  /// and cuts off a torn tail, with a warning in the log.
  [[nodiscard]] static Result<std::unique_ptr<Spool>> Open(const std::filesystem::path& directory,
                                                           const SpoolConfig& limits,
                                                           TimePoint now);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Adds samples behind all others and syncs them to the disk; gives how many of them. Where there
  /// is no room for all, the oldest of the spool go (kDropOldest), or the last of these; each loss
  /// is counted, and all are as received. After an error none of `samples` is in the spool.
  [[nodiscard]] Result<std::size_t> Append(std::span<const ApplicationSample> samples,
                                           TimePoint now);

  /// Up to `most` of the oldest, in order. What proves damaged or too old on the way is counted as
  /// dropped and left out.
  [[nodiscard]] Result<std::vector<SpooledSample>> Oldest(std::size_t most, TimePoint now);

  /// Frees everything up to and including the sequence `through`, whose samples became `outcomes`.
  /// Both are one write: after a crash either both count or none.
  [[nodiscard]] Result<void> Free(std::uint64_t through, const Outcomes& outcomes);

  [[nodiscard]] std::uint64_t Count() const;
  [[nodiscard]] std::uint64_t Bytes() const;
  /// True where a sample more would cost another one: with kBlock it is time to stop reading.
  [[nodiscard]] bool Full() const;

  /// Counts samples that never came here; kept by `Save`.
  void Note(const std::string& outcome, std::uint64_t count);
  /// Writes the counts, without waiting for the disk: a crash of the machine may cost them.
  [[nodiscard]] Result<void> Save();
  /// Since the first start with this directory.
  [[nodiscard]] const Outcomes& Totals() const;

 private:
  struct Impl;
  explicit Spool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Where the spool of a configuration lies: by the name of the database, so that two installations
/// of one account keep apart.
[[nodiscard]] std::filesystem::path SpoolDirectory(const Config& config);

/// What an onlooker sees in a spool.
struct SpoolContent {
  std::uint64_t samples = 0;        ///< that wait
  std::uint64_t bytes = 0;          ///< of all its files
  std::uint64_t damaged = 0;        ///< samples that are there no more, or cannot be read
  std::optional<TimePoint> oldest;  ///< when the first of those that wait was received
};

/// Looks without the lock and changes nothing, so that it holds up no run, and may find one at
/// work: a torn end is no damage, and files may go while it looks. A directory that is not there is
/// an empty spool. Errors: kIo, and kConfig where a newer program wrote it.
[[nodiscard]] Result<SpoolContent> InspectSpool(const std::filesystem::path& directory);

}  // namespace mon::data_aggregator
