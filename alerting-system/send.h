#pragma once

#include <string>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system send` was asked to mail.
struct SendRequest {
  std::string subject;
  std::string body;
  std::string severity;  ///< empty, "info", "warning" or "critical"
  std::string receiver;  ///< of the configuration, instead of smtp.to; empty: smtp.to
  bool dry_run = false;
};

/// Sends at once to every configured recipient, or to all that one receiver names, without a
/// database. Each gets a transaction of its own: one who is refused is named, the others get
/// theirs. Errors: kUsage for a receiver that is not configured.
[[nodiscard]] Result<ExitCode> Send(const Config& config, const SendRequest& request);

}  // namespace mon::alerting_system
