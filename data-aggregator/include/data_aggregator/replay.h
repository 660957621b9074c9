#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "common/clock.h"
#include "common/error.h"
#include "data_aggregator/sample_store.h"
#include "data_aggregator/spool.h"

namespace mon::data_aggregator {

struct ReplayResult {
  std::uint64_t freed = 0;     ///< records that the spool is rid of
  std::optional<Error> error;  ///< of the store or the spool; what was freed before it is stored
};

/// Moves samples from the spool into the store, the oldest first, until the spool is empty, `until`
/// has come or `stop` is requested. A record leaves the spool after its transaction has committed:
/// a crash in between makes it be stored once more, which changes nothing.
[[nodiscard]] ReplayResult Replay(Spool& spool, SampleStore& store, TimePoint now,
                                  std::chrono::steady_clock::time_point until,
                                  const std::stop_token& stop);

}  // namespace mon::data_aggregator
