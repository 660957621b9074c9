#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "anomaly_detector/rule_state.h"
#include "evaluator.h"
#include "processor/alert.h"
#include "sample_reader.h"

namespace mon::processor {

/// A late sample as it is stored now: the highest id of its second.
struct LateSample {
  Sample sample;
  Evaluation evaluation;
};

/// What a stretch of stored samples tells by itself.
struct Replayed {
  std::string rule;
  std::string application;
  std::vector<std::shared_ptr<Alert>> incidents;  ///< oldest first
  std::vector<LateSample> late;
  anomaly_detector::RuleState state;  ///< at the end of the stretch
  bool to_the_newest = false;         ///< the stretch ends where `present` stands
};

/// Judges the stored samples of `application` around `late` again (sorted by time, none newer than
/// `present`): from some samples before the first to where the rule is at rest behind the last, or
/// to the newest sample that was judged. Reads the stretch in pages.
[[nodiscard]] Result<Replayed> Replay(const anomaly_detector::Rule& rule,
                                      const std::string& application,
                                      const anomaly_detector::Timing& timing,
                                      const anomaly_detector::RuleState& present,
                                      std::span<const Sample> late, Evaluator& evaluator,
                                      SampleHistory& history);

}  // namespace mon::processor
