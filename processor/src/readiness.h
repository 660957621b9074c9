#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "batch.h"
#include "evaluator.h"
#include "pending.h"

namespace mon::processor {

/// Samples that rules with items may judge now, and those that still have to wait.
struct Readiness {
  Batch ready;
  std::vector<std::int64_t> done;      ///< ids of rows that have waited, and are in `ready` now
  std::vector<PendingSample> waiting;  ///< those that have waited before, then new ones
  std::size_t waiting_still = 0;       ///< how many have waited before
};

/// The longest that a sample waits for values of items.
inline constexpr std::chrono::seconds kLongestWait{90};

/// A sample waits until the window behind it has passed and every source of the items that a rule
/// names has been read beyond it, kLongestWait at most. Of hosts that only other programs write
/// nobody knows how far they are: there the sample waits for a value that is not older than its
/// window, until it is itself as old as the longest wait. Where that value is the only one that is
/// kept, the sample is ready with it at once, for later it may be newer than the window. `rules`
/// are those that name items; `fresh` are samples that have not waited yet.
[[nodiscard]] Result<Readiness> SplitReady(std::span<const PendingSample> pending,
                                           const Batch& fresh,
                                           std::span<const anomaly_detector::Rule> rules,
                                           Evaluator& evaluator, TimePoint now);

}  // namespace mon::processor
