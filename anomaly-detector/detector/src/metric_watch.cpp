#include "detector/metric_watch.h"

#include "detector/state_bytes.h"

namespace mon::detector {
namespace {

constexpr std::uint64_t kVersion = 3;
constexpr std::int64_t kLasting = 86'400;  // s; then it is the usual level

}  // namespace

WatchView MetricWatch::Next(std::int64_t time, double value) {
  const bool was_known = known_;
  const bool was_odd = odd_;
  Judge(time, value);
  if (newest_ == 0 || known_ != was_known || odd_ != was_odd) changed_at_ = time;
  newest_ = time;
  return View();
}

void MetricWatch::Judge(std::int64_t time, double value) {
  const Judgement judgement = detector_.Next(time, value);
  known_ = !judgement.learning && !judgement.gap;
  if (judgement.learning) odd_ = false;
  if (!known_) return;
  if (judgement.raised && !odd_) {
    odd_ = true;
    incident_ = detector_.Why();
    strength_ = detector_.Strength();
    raised_at_ = time;
  }
  if (!odd_) return;
  incident_.seen = Seen();
  const bool usual = incident_.seen >= incident_.low && incident_.seen <= incident_.high;
  odd_ = !usual && time - raised_at_ < kLasting;
}

WatchView MetricWatch::View() const {
  if (!known_) return {};
  if (!odd_) return {.known = true, .odd = false, .explanation = {}, .strength = 0};
  return {.known = true, .odd = true, .explanation = incident_, .strength = strength_};
}

/// What is compared with the band.
double MetricWatch::Seen() const {
  const Scorers::Reading& reading = detector_.Reading();
  switch (incident_.reason) {
    case Reason::kMean:
      return reading.mean;
    case Reason::kLevel:
      return reading.hour;
    default:
      return reading.value;
  }
}

void MetricWatch::Accept(double strength, std::int64_t said_at) {
  detector_.Accept(strength);
  if (!odd_ || raised_at_ > said_at) return;
  changed_at_ = newest_;
  odd_ = false;
}

std::string MetricWatch::Save() const { return SaveState(*this, kVersion); }

Result<MetricWatch> MetricWatch::Load(std::string_view state, Setting setting) {
  return LoadState(state, kVersion, MetricWatch(setting));
}

}  // namespace mon::detector
