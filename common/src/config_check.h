#pragma once

#include "common/config.h"
#include "config_value.h"

namespace mon::config {

/// What no single value tells: names that repeat, values that exclude each other across layers,
/// files that cannot be read, rules that do not parse.
void CheckWhole(const Config& config, const LoadOptions& options, Findings& findings);

}  // namespace mon::config
