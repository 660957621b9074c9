#pragma once

#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "data_aggregator/spool.h"
#include "finding.h"

namespace mon::data_aggregator::doctor {

/// Whether the disk has room for what the spool may still take.
[[nodiscard]] Finding JudgeRoom(std::uint64_t free_bytes, std::uint64_t spooled,
                                const SpoolConfig& limits);

[[nodiscard]] std::vector<Finding> JudgeSpool(const SpoolContent& content, TimePoint now);

}  // namespace mon::data_aggregator::doctor
