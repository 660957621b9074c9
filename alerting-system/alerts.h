#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system list` was asked for.
struct ListRequest {
  std::vector<std::string> states;  ///< empty: what goes on
  std::string match;                ///< matchers
  std::string since = "24h";        ///< of what is over
  bool json = false;
};

/// What `alerting-system ack` and `unack` were asked for.
struct AckRequest {
  std::vector<std::int64_t> ids;
  bool acknowledge = true;
  std::string by;  ///< empty: who is logged in
  std::string comment;
  bool dry_run = false;
};

struct ShowRequest {
  std::int64_t id = 0;
  bool json = false;
};

[[nodiscard]] Result<ExitCode> List(const Config& config, const ListRequest& request);
[[nodiscard]] Result<ExitCode> Show(const Config& config, const ShowRequest& request);
[[nodiscard]] Result<ExitCode> Ack(const Config& config, const AckRequest& request);

}  // namespace mon::alerting_system
