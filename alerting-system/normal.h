#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system normal` was asked for.
struct NormalRequest {
  std::vector<std::int64_t> ids;  ///< of alerts
  std::string by;                 ///< empty: who is logged in
  std::string comment;
  bool dry_run = false;
};

/// Tells the detectors behind these alerts that what they showed was normal; the next pass of the
/// processor teaches them. Errors: kInvalidData for an alert that is not there, or that no detector
/// has raised; then nothing is changed.
[[nodiscard]] Result<ExitCode> Normal(const Config& config, const NormalRequest& request);

}  // namespace mon::alerting_system
