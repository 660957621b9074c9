#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "mysql/connection.h"
#include "parts.h"
#include "processor/sample.h"

namespace mon::processor {

/// A sample that rules with items have not judged yet, because the values around it may still come.
struct PendingSample {
  std::string application;
  Sample sample;
  TimePoint waits_since;  ///< the server's time at which it was read
};

/// Table `pending_samples`, by application and time; those whose row is gone from hyphenmon_metrics
/// come without values and with `gone` set. Of `parts`, at most `limit`.
struct StoredPending {
  std::vector<PendingSample> samples;
  std::vector<std::int64_t> gone;  ///< ids
};
[[nodiscard]] Result<StoredPending> LoadPending(mysql::Connection& connection, const Parts& parts,
                                                std::int64_t now, std::size_t limit);

/// In the caller's transaction.
[[nodiscard]] Result<void> AddPending(mysql::Connection& connection,
                                      std::span<const PendingSample> samples);
[[nodiscard]] Result<void> RemovePending(mysql::Connection& connection,
                                         std::span<const std::int64_t> ids);

}  // namespace mon::processor
