#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "alerting_system/time_zone.h"
#include "anomaly_detector/rule.h"
#include "call_graph.h"
#include "common/config.h"
#include "common/error.h"
#include "contexts.h"
#include "detector/metric_detector.h"
#include "dispatch/policy.h"

namespace mon::processor {

/// What stays the same from pass to pass. `config` must outlive it.
struct Setup {
  const Config* config = nullptr;
  std::vector<anomaly_detector::Rule> rules;
  alerting_system::TimeZone zone;  ///< of the times in mails
  dispatch::Policy policy;         ///< who is told of what
  CallGraph graph;                 ///< which application calls which
  Contexts contexts;               ///< what items are to applications

  [[nodiscard]] detector::Setting DetectorSetting() const {
    return {config->detector.alerts_per_month};
  }
  /// How far back rules look over metrics of an application; 0: none does.
  [[nodiscard]] std::chrono::seconds LongestMetricSpan() const;
};

/// Errors: kConfig for what only shows when the configuration is put to use: a rule's expression, a
/// time zone, a mail address.
[[nodiscard]] Result<Setup> Prepare(const Config& config);

}  // namespace mon::processor
