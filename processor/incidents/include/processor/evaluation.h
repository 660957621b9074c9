#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "processor/sample.h"

namespace mon::processor {

/// What a rule says about one sample.
struct Evaluation {
  anomaly_detector::Truth truth = anomaly_detector::Truth::kUnknown;
  anomaly_detector::Comparison deciding;  ///< where it is true
  std::vector<std::string> hosts;         ///< names of the hosts a rule with items is true for
  std::optional<anomaly_detector::Truth> recovery = {};  ///< of a rule that has one
};

/// `hosts` may be empty and is not looked at by a rule without items. `shared`: one for each of the
/// rule's shared operands; without any, they are unknown.
[[nodiscard]] Evaluation Evaluate(const anomaly_detector::Rule& rule, const Sample& sample,
                                  std::span<const anomaly_detector::HostReadings> hosts,
                                  std::span<const anomaly_detector::Reading> shared = {});

}  // namespace mon::processor
