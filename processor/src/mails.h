#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alerting_system/report.h"
#include "anomaly_detector/rule.h"
#include "common/error.h"
#include "evaluator.h"
#include "processor/alert.h"
#include "sample_reader.h"

namespace mon::processor {

/// The mail that an alert needs after what this pass did to it; nullopt: none. Call before it is
/// stored. An incident whose beginning and end became known in one page gets one mail for both.
[[nodiscard]] std::optional<alerting_system::ReportKind> MailOf(const Alert& alert);

/// The samples around the finding, a dozen at most, and which of them violate `rule`.
[[nodiscard]] Result<std::vector<alerting_system::SampleRow>> SamplesAround(
    const Alert& alert, const anomaly_detector::Rule& rule, SampleHistory& history,
    const Evaluator& evaluator);

}  // namespace mon::processor
