#pragma once

#include <string>
#include <string_view>

#include "processor/alert.h"

namespace mon::processor {

/// Column `alerts.evidence`: the finding with its joined values, as JSON.
[[nodiscard]] std::string EvidenceText(const Alert& alert);

/// Column `alerts.labels`: those of the rule as a JSON object; empty without any.
[[nodiscard]] std::string LabelsText(const Alert& alert);

/// Fills what EvidenceText wrote into `alert`. Unknown or missing members are passed over, because
/// an older or newer version may have written them; text that is no JSON leaves `alert` as it is.
void ReadEvidence(std::string_view text, Alert& alert);

}  // namespace mon::processor
