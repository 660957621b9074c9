#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// What `alerting-system silence …` and `expire` were asked for. Empty texts: not given.
struct SilenceRequest {
  enum class Action { kAdd, kList, kEdit, kExpire } action = Action::kAdd;
  std::string match;       ///< matchers
  std::int64_t alert = 0;  ///< instead: rule and application of this alert
  std::string from;        ///< a time as ParseTime reads it; empty: now
  std::string lasts;       ///< "2h", since then
  std::string until;       ///< a time
  bool until_resolved = false;
  std::string recurring;  ///< "mon-fri 22:00-06:00"
  std::string time_zone;  ///< of these; empty: the zone of mails
  std::string comment;
  std::string by;                 ///< empty: who is logged in
  std::vector<std::int64_t> ids;  ///< to edit or to end
  bool all = false;               ///< of a list: with those that are over
  bool json = false;
  bool dry_run = false;
};

[[nodiscard]] Result<ExitCode> Silences(const Config& config, const SilenceRequest& request);

}  // namespace mon::alerting_system
