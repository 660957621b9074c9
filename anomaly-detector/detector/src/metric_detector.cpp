#include "detector/metric_detector.h"

#include <algorithm>
#include <cmath>

#include "detector/state_bytes.h"
#include "score.h"

namespace mon::detector {
namespace {

constexpr std::uint64_t kVersion = 2;

}  // namespace

Judgement MetricDetector::Next(std::int64_t time, double value) {
  const Tick tick = clock_.Next(time, value);
  if (tick.restart) {
    scorers_ = Scorers();
    calibrator_ = Calibrator();
    machine_ = AlertMachine();
  }
  reading_ = {};
  strength_ = 0;
  Judgement judgement{.learning = scorers_.Learning(tick.spacing)};
  const bool gap = judgement.gap = std::isnan(tick.value);
  if (!gap) {
    reading_ = scorers_.Next(tick);
    judgement.learning = scorers_.Learning(tick.spacing);
    if (!judgement.learning) strength_ = reading_.finding.strength;
  }
  const double limit = calibrator_.Limit(setting_.alerts_per_month);
  judgement.raised = machine_.Next(strength_, limit, tick.seconds, tick.spacing);
  if (!judgement.learning) calibrator_.Observe(strength_, tick.seconds, tick.spacing);
  if (!gap) Explain(tick.time, std::min(limit, 1.0));
  if (gap || judgement.learning) return judgement;
  judgement.score = judgement.raised ? RaisedScore(strength_, limit) : QuietScore(reading_.oddness);
  return judgement;
}

/// `limit`: strength up to which a value is as expected.
void MetricDetector::Explain(std::int64_t time, double limit) {
  why_ = {};
  if (strength_ <= limit) {
    outside_since_ = 0;
    return;
  }
  if (outside_since_ == 0) outside_since_ = time;
  const Finding& finding = reading_.finding;
  why_ = {.reason = finding.reason,
          .seen = finding.seen,
          .low = finding.low - limit * finding.room,
          .high = finding.high + limit * finding.room,
          .since = outside_since_,
          .per_month = calibrator_.PerMonth(strength_),
          .rate = clock_.IsCounter()};
}

void MetricDetector::Accept(double strength) { calibrator_.Accept(strength); }

std::string MetricDetector::Save() const { return SaveState(*this, kVersion); }

Result<MetricDetector> MetricDetector::Load(std::string_view state, Setting setting) {
  return LoadState(state, kVersion, MetricDetector(setting));
}

}  // namespace mon::detector
