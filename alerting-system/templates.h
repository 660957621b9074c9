#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system template render` was asked for.
struct TemplateRequest {
  std::int64_t alert = 0;
  std::optional<std::string> summary;      ///< unset: that of the alert's rule
  std::optional<std::string> description;  ///< likewise
  std::string kind = "problem";            ///< of the mail, or "recovery"
  std::string format = "text";             ///< "html", "json"
};

/// Prints the mail about a stored alert as it would be with the texts of now.
[[nodiscard]] Result<ExitCode> RenderTemplate(const Config& config, const TemplateRequest& request);

}  // namespace mon::alerting_system
