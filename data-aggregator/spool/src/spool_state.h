#pragma once

#include <cstdint>
#include <filesystem>

#include "common/error.h"
#include "data_aggregator/spool.h"

namespace mon::data_aggregator {

/// What `state.json` holds.
struct SpoolState {
  std::uint64_t freed = 0;  ///< every record up to this sequence is done with
  std::uint64_t last = 0;   ///< the last sequence that `totals` know as received
  Outcomes totals;
};

/// The state in `file`; a fresh one where there is none, and, with a warning in the log, where it
/// cannot be understood: records are then stored once more, which changes nothing.
[[nodiscard]] Result<SpoolState> LoadSpoolState(const std::filesystem::path& file);

/// Replaces `file` as a whole; with `durable` not before the disk has it.
[[nodiscard]] Result<void> SaveSpoolState(const std::filesystem::path& file,
                                          const SpoolState& state, bool durable);

}  // namespace mon::data_aggregator
