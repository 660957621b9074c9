#pragma once

#include <chrono>
#include <functional>

#include "common/config.h"
#include "common/error.h"
#include "common/program.h"

namespace mon::alerting_system {

struct DeliverRequest {
  bool daemon = false;
  bool dry_run = false;
  std::chrono::milliseconds max_runtime{0};      ///< of one pass; 0: until nothing is due
  std::function<Result<LoadedConfig>()> reload;  ///< of a daemon
};

/// One pass over the outbox, or a daemon that makes one each `alerting.interval`. What a pass did
/// is added to metrics/alerting-system.prom in the state directory.
[[nodiscard]] Result<ExitCode> Deliver(const LoadedConfig& loaded, const DeliverRequest& request);

}  // namespace mon::alerting_system
