#include "processor/incident_run.h"

namespace mon::processor {

using anomaly_detector::Phase;
using anomaly_detector::Step;
using anomaly_detector::Truth;

anomaly_detector::Timing TimingOf(const RuleConfig& rule,
                                  std::chrono::milliseconds expected_spacing) {
  return {rule.for_, rule.keep_firing_for, expected_spacing};
}

void IncidentRun::Feed(const Sample& sample, const Evaluation& evaluation) {
  if (open_ && open_->ended_at && evaluation.truth == Truth::kTrue &&
      sample.timestamp >= *open_->ended_at) {
    // It was told to be over, and the samples that showed it are lost: this is another one.
    state_.phase = Phase::kInactive;
    open_.reset();
  }
  const auto result = anomaly_detector::Advance(state_, timing_, sample.timestamp, evaluation.truth,
                                                evaluation.recovery);
  switch (result.step) {
    case Step::kFired:
      open_ = std::make_shared<Alert>(
          MakeAlert(*rule_, application_, sample, evaluation, result.incident));
      begun_.push_back(open_);
      for (const auto& earlier : run_) open_->Worsen(earlier);
      break;
    case Step::kResolved:
      if (open_) open_->Resolve(*result.incident.ended_at, sample.timestamp);
      open_.reset();
      break;
    case Step::kNone:
    case Step::kPending:
    case Step::kLate:
      if (open_ && evaluation.truth == Truth::kTrue) open_->Worsen(evaluation);
      break;
  }
  if (result.step == Step::kPending || state_.phase != Phase::kPending) run_.clear();
  if (state_.phase == Phase::kPending && evaluation.truth == Truth::kTrue) {
    run_.push_back(evaluation);
  }
}

}  // namespace mon::processor
