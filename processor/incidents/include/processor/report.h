#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "alerting_system/report.h"
#include "processor/alert.h"

namespace mon::processor {

/// What the mail about `alert` says.
[[nodiscard]] alerting_system::AlertReport ReportOf(const Alert& alert,
                                                    alerting_system::ReportKind kind,
                                                    std::chrono::seconds window,
                                                    std::vector<alerting_system::SampleRow> samples,
                                                    std::vector<std::string> late_notes);

}  // namespace mon::processor
