#pragma once

#include <string>
#include <vector>

#include "common/error.h"
#include "rca/rank_causes.h"

namespace mon::anomaly_detector {

/// The files of `anomaly-detector rca`. Errors, which name the file: kNotFound where it cannot be
/// read, kInvalidData with the line that is wrong.

/// Lines caller,callee, with or without a header.
[[nodiscard]] Result<std::vector<rca::Edge>> ReadRcaEdges(const std::string& path);
/// A header timestamp,component|metric|statistic,... and a line for each time, in any order.
[[nodiscard]] Result<rca::Table> ReadRcaTable(const std::string& path);
/// component,metric,statistic,timestamp.
[[nodiscard]] Result<rca::Symptom> ReadRcaSymptom(const std::string& path);

}  // namespace mon::anomaly_detector
