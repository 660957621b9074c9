#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "finding.h"
#include "mysql/connection.h"

namespace mon::data_aggregator::doctor {

/// What waits in the queue of mails, mails times recipients.
struct OutboxState {
  std::uint64_t waiting = 0;
  std::uint64_t dead = 0;
  std::optional<std::chrono::seconds> oldest_due;  ///< how long its turn has come; none is due
};

[[nodiscard]] Result<OutboxState> ReadOutbox(mysql::Connection& connection);
[[nodiscard]] std::vector<Finding> JudgeOutbox(const OutboxState& state);

}  // namespace mon::data_aggregator::doctor
