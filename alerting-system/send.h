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
  bool dry_run = false;
};

/// Mails at once to every configured recipient, without a database. Each gets a transaction of its
/// own: one who is refused is named, the others get theirs.
[[nodiscard]] Result<ExitCode> Send(const Config& config, const SendRequest& request);

}  // namespace mon::alerting_system
