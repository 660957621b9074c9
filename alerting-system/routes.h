#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system route test` was asked for.
struct RouteTestRequest {
  std::vector<std::string> labels;    ///< "severity=critical"
  std::int64_t alert = 0;             ///< instead: the labels of this one, from the database
  std::string at = "now";             ///< a time as ParseTime reads it
  std::vector<std::string> expected;  ///< recipients or names of receivers; empty: not compared
  bool json = false;
};

/// Says who is told of an alert with these labels, and when. kFound where others were expected.
[[nodiscard]] Result<ExitCode> TestRoute(const Config& config, const RouteTestRequest& request);

}  // namespace mon::alerting_system
