#pragma once

#include <cstdint>

#include "anomaly_detector/operand.h"
#include "common/text.h"

namespace mon::processor {

/// A sample that can be judged, of an application that is named beside it.
struct Sample {
  std::int64_t id = 0;         ///< of its row; 0: not read from the database
  std::int64_t timestamp = 0;  ///< epoch seconds
  std::int64_t response_time_ms = 0;
  float error_rate = 0;
  bool operator==(const Sample&) const = default;
};

/// What rules compare: `metric` is of the application, an error rate the FLOAT that it is stored
/// as.
[[nodiscard]] inline double ValueOf(anomaly_detector::Source metric, const Sample& sample) {
  return metric == anomaly_detector::Source::kErrorRate
             ? static_cast<double>(sample.error_rate)
             : static_cast<double>(sample.response_time_ms);
}

/// As people wrote it: 0.9, where the float is 0.89999998.
[[nodiscard]] inline double ReadableErrorRate(const Sample& sample) {
  return ParseDouble(ShortestText(sample.error_rate)).value_or(0);
}

}  // namespace mon::processor
