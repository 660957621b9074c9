#pragma once

#include <cstdint>
#include <filesystem>

#include "common/error.h"
#include "data_aggregator/spool.h"

// The file `state` of a spool:
//
//   slot   8 hex digits, the CRC-32 (zlib's) of the rest; a space; JSON; spaces; a newline
//
// Two slots of 4 KiB, written in place: once the file is there, a disk that is full of other things
// stops no replay, which is what would make room on it. The younger slot counts. A write goes to
// the slot that does not hold the youngest *synced* state, so that whatever a crash tears or never
// wrote, that state is left.

namespace mon::data_aggregator {

/// What `state` holds.
struct SpoolState {
  std::uint64_t freed = 0;  ///< every record up to this sequence is done with
  std::uint64_t last = 0;   ///< the last sequence that `totals` know as received
  Outcomes totals;
};

/// The state in `file`; a fresh one where there is none, and, with a warning in the log, where it
/// cannot be understood: records are then stored once more, which changes nothing.
[[nodiscard]] Result<SpoolState> LoadSpoolState(const std::filesystem::path& file);

/// Writes it whole or, after a crash, not at all; with `durable` not before the disk has it. Needs
/// room on the disk the first time only.
[[nodiscard]] Result<void> SaveSpoolState(const std::filesystem::path& file,
                                          const SpoolState& state, bool durable);

}  // namespace mon::data_aggregator
