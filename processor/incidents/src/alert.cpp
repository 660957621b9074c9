#include "processor/alert.h"

#include <algorithm>
#include <limits>

#include "common/text.h"

namespace mon::processor {
namespace {

using anomaly_detector::Comparison;

constexpr auto kForEver = std::numeric_limits<std::int64_t>::max();

}  // namespace

const MovedItem* ProbableCause(const Moves& moves) {
  const auto found = std::ranges::find_if(
      moves.items, [](const MovedItem& moved) { return moved.role != ContextRole::kSymptom; });
  return found == moves.items.end() ? nullptr : &*found;
}

bool Alert::Covers(std::int64_t timestamp) const {
  return started_at <= timestamp && timestamp < ended_at.value_or(kForEver);
}

bool Alert::Overlaps(const Alert& other) const {
  return started_at < other.ended_at.value_or(kForEver) &&
         other.started_at < ended_at.value_or(kForEver);
}

void Alert::Resolve(std::int64_t ended, std::int64_t resolved_at) {
  if (ended_at) return;
  ended_at = ended;
  changed = resolved_now = true;
  new_events.push_back({"resolved", resolved_at, "since " + FormatUtc(ended) + " UTC"});
}

void Alert::NoteLate(std::int64_t event_time, std::string detail) {
  AlertEvent event{"late_data", event_time, std::move(detail)};
  if (std::ranges::find(new_events, event) != new_events.end()) return;
  new_events.push_back(std::move(event));
  changed = true;
}

bool Alert::Worsen(const Evaluation& evaluation) {
  const auto& seen = evaluation.deciding;
  if (seen.metric != deciding.metric || seen.op != deciding.op) return false;
  const auto value = ReadableValue(seen);
  if (!value) return false;
  const double worst = peak ? anomaly_detector::Worse(deciding.op, *peak, *value) : *value;
  if (peak == worst) return false;
  peak = worst;
  changed = true;
  return true;
}

Alert MakeAlert(const RuleConfig& rule, const std::string& application, const Sample& sample,
                const Evaluation& evaluation, const anomaly_detector::Incident& incident) {
  Alert alert;
  alert.rule = rule.name;
  alert.application = application;
  alert.severity = rule.severity;
  alert.condition = rule.expr;
  alert.started_at = incident.started_at;
  alert.fired_at = incident.fired_at;
  alert.fired_sample = sample;
  alert.deciding = evaluation.deciding;
  alert.peak = ReadableValue(evaluation.deciding);
  alert.hosts = evaluation.hosts;
  alert.changed = true;
  anomaly_detector::Finding finding{
      rule.name,           application,         rule.severity,    sample.timestamp,
      incident.started_at, evaluation.deciding, evaluation.hosts, {},
      rule.labels};
  alert.summary = anomaly_detector::RenderSummary(rule.summary, finding);
  alert.labels = rule.labels;
  alert.description = anomaly_detector::RenderSummary(rule.description, finding);
  alert.owner = rule.owner;
  alert.runbook = rule.runbook;
  alert.new_events.push_back({"fired", incident.fired_at, alert.summary});
  return alert;
}

std::optional<double> ReadableValue(const Comparison& comparison) {
  if (comparison.metric.empty()) return std::nullopt;
  const auto text = anomaly_detector::ValueText(comparison.metric, comparison.value);
  return ParseDouble(text).value_or(comparison.value);
}

}  // namespace mon::processor
