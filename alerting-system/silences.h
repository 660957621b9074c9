#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system silence …` was asked for. Empty texts: not given.
struct SilenceRequest {
  enum class Action { kAdd, kList, kEdit, kExpire } action = Action::kAdd;
  std::string match;       ///< matchers
  std::int64_t alert = 0;  ///< instead: those of this alert
  std::string lasts;       ///< "2h"
  std::string until;       ///< "2025-06-15 18:00", in the zone of mails
  bool until_resolved = false;
  std::string recurring;  ///< "mon-fri 22:00-06:00"
  std::string time_zone;  ///< of that; default: the zone of mails
  std::string comment;
  std::string by;                 ///< empty: who is logged in
  std::vector<std::int64_t> ids;  ///< to edit or to end
  bool all = false;               ///< of a list: with those that are over
  bool json = false;
};

[[nodiscard]] Result<ExitCode> Silences(const Config& config, const SilenceRequest& request);

struct AuditRequest {
  std::string since = "7d";
  bool json = false;
};

/// Who changed what by a command, and why.
[[nodiscard]] Result<ExitCode> ShowAudit(const Config& config, const AuditRequest& request);

}  // namespace mon::alerting_system
