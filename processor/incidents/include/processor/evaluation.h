#pragma once

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
};

/// `hosts` may be empty and is not looked at by a rule without items.
[[nodiscard]] Evaluation Evaluate(const anomaly_detector::Rule& rule, const Sample& sample,
                                  std::span<const anomaly_detector::HostReadings> hosts);

}  // namespace mon::processor
