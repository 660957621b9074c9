#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system dead-letters` was asked for.
struct DeadLettersRequest {
  bool retry = false;             ///< false: show them
  std::vector<std::int64_t> ids;  ///< to retry
  bool all = false;               ///< instead of `ids`: all that are dead
  std::string recipient;          ///< of those to retry; empty: everybody's
  std::string by;                 ///< who; empty: who is logged in
  std::string comment;            ///< why
  bool json = false;
  bool dry_run = false;
};

/// Shows what could not be delivered, or makes it due again for the next delivery.
[[nodiscard]] Result<ExitCode> DeadLetters(const Config& config, const DeadLettersRequest& request);

}  // namespace mon::alerting_system
