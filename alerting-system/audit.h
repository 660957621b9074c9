#pragma once

#include <string>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system audit` was asked for.
struct AuditRequest {
  std::string since = "7d";
  bool json = false;
};

/// Who changed what by a command, and why.
[[nodiscard]] Result<ExitCode> ShowAudit(const Config& config, const AuditRequest& request);

}  // namespace mon::alerting_system
