#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/config.h"
#include "common/sample.h"
#include "edge_state.h"

namespace mon::data_aggregator {

/// Moves the rules on metrics of applications through samples, and puts into `state` the incidents
/// that begin while the database is away. Pure. `state` must outlive it.
class EdgeJudge {
 public:
  /// Takes over what `state` knows of the configured rules and applications, and drops from it what
  /// it knows of others; but what was told of them is still to be handed over.
  EdgeJudge(const Config& config, EdgeState& state);

  /// `stored`: the database has the sample; then the processor tells what begins with it. True
  /// where a rule has come to another phase.
  bool Judge(const ApplicationSample& sample, bool stored);

  /// Those incidents are somebody else's from now on.
  void Forget(const std::function<bool(const EdgeIncident&)>& which);

 private:
  bool Judge(const anomaly_detector::Rule& rule, const std::string& application,
             const processor::Sample& sample, bool stored);

  std::chrono::milliseconds expected_spacing_;
  std::vector<anomaly_detector::Rule> rules_;
  EdgeState& state_;
  std::map<EdgeState::Key, std::shared_ptr<processor::Alert>> open_;  ///< of state_.incidents
};

}  // namespace mon::data_aggregator
