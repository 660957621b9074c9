#pragma once

#include <string>

#include "dispatch/audit.h"

namespace mon::alerting_system {

/// Who runs this command: `by` where it is given, else the user that is logged in ($SUDO_USER,
/// $USER).
[[nodiscard]] dispatch::Actor ActorOf(const std::string& by, const std::string& reason);

}  // namespace mon::alerting_system
