#pragma once

#include <cstdint>
#include <string>

#include "data_aggregator/retention.h"
#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::data_aggregator::archive {

/// What detectors have learnt (table `detector_states`) of series that have ended: their item or
/// host is gone, or no rule asks about them any more. They have no archive: such a series learns
/// anew from its stored values when it comes back.
///
/// A state has ended when it was last saved `retention.history`, two weeks at least, before the one
/// that was saved last. So nothing ends while the processor stands still, and no state that it
/// works with: it saves each within hours of that series' values.
class LearntStates {
 public:
  LearntStates(mysql::Connection& connection, const RetentionOptions& options)
      : connection_(connection), options_(options) {}

  /// How many have ended.
  [[nodiscard]] Result<std::uint64_t> CountEnded();
  /// Deletes them, in small transactions with pauses, while `lease` is ours; gives how many.
  [[nodiscard]] Result<std::uint64_t> DeleteEnded(const mysql::Lease& lease);

 private:
  /// The server's time: what was not saved since then has ended.
  [[nodiscard]] Result<std::string> Limit();

  mysql::Connection& connection_;
  const RetentionOptions& options_;
};

}  // namespace mon::data_aggregator::archive
