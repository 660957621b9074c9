#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "common/config.h"

namespace mon::config {

/// The state directory that nobody configured: $STATE_DIRECTORY (its first entry, as systemd sets
/// it), else /var/lib/monitoring-platform where it exists and is writable, else
/// ${XDG_STATE_HOME:-$HOME/.local/state}/monitoring-platform. Empty where there is no home either.
/// `variable` gives a variable's value, empty where it is unset.
[[nodiscard]] std::filesystem::path DefaultStateDir(
    const std::function<std::string(const std::string&)>& variable);

}  // namespace mon::config
