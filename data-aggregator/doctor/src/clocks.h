#pragma once

#include <span>
#include <vector>

#include "finding.h"

namespace mon::data_aggregator::doctor {

/// What several clocks say of this machine's: that it agrees, that it is the one that is off (all
/// others agree with each other), or which of the others is.
[[nodiscard]] std::vector<Finding> JudgeClocks(std::span<const ClockReading> readings);

}  // namespace mon::data_aggregator::doctor
