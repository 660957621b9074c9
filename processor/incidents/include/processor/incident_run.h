#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "anomaly_detector/rule_state.h"
#include "processor/alert.h"

namespace mon::processor {

/// When `rule` fires and ends. `expected_spacing`: between samples, until they tell it themselves.
[[nodiscard]] anomaly_detector::Timing TimingOf(const RuleConfig& rule,
                                                std::chrono::milliseconds expected_spacing);

/// Moves one state through samples of an application in time order and keeps the incidents it
/// meets. The same for new samples and for a stretch that is judged again because of late ones.
/// `rule` must outlive it.
class IncidentRun {
 public:
  /// `open` is the alert of a state that is firing already, else null. It may have its end, where
  /// an aggregator has told that of samples that are to come.
  IncidentRun(const RuleConfig& rule, std::string application, anomaly_detector::Timing timing,
              anomaly_detector::RuleState state, std::shared_ptr<Alert> open)
      : rule_(&rule),
        application_(std::move(application)),
        timing_(timing),
        state_(state),
        open_(std::move(open)) {}

  void Feed(const Sample& sample, const Evaluation& evaluation);
  /// The same for the first samples that change nothing, see AdvanceQuietly; how many these are.
  std::size_t FeedQuietly(std::span<const std::int64_t> times,
                          std::span<const anomaly_detector::Truth> truths) {
    return anomaly_detector::AdvanceQuietly(state_, times, truths);
  }

  [[nodiscard]] const anomaly_detector::RuleState& State() const { return state_; }
  [[nodiscard]] const std::shared_ptr<Alert>& Open() const { return open_; }
  /// The incidents that began here, oldest first; the last one may still be open.
  [[nodiscard]] const std::vector<std::shared_ptr<Alert>>& Begun() const { return begun_; }

 private:
  const RuleConfig* rule_;
  std::string application_;
  anomaly_detector::Timing timing_;
  anomaly_detector::RuleState state_;
  std::shared_ptr<Alert> open_;
  std::vector<std::shared_ptr<Alert>> begun_;
  std::vector<Evaluation> run_;  // the true samples since the state is pending
};

}  // namespace mon::processor
