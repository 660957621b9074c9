#include "edge_judge.h"

#include <set>
#include <string_view>

#include "processor/incident_run.h"

namespace mon::data_aggregator {

using processor::Alert;
using processor::IncidentRun;
using processor::Sample;

EdgeJudge::EdgeJudge(const Config& config, EdgeState& state)
    : expected_spacing_(config.aggregator.interval), state_(state) {
  for (const auto& rule_config : config.rules) {
    auto rule = anomaly_detector::Rule::Parse(rule_config);
    // A span may begin before the samples that are known here.
    const bool at_once = rule && !rule->UsesItems() && rule->MetricSpan().count() == 0;
    if (at_once) rules_.push_back(*std::move(rule));
  }
  std::set<std::string_view> rules;
  for (const auto& rule : rules_) rules.insert(rule.Name());
  std::set<std::string_view> applications;
  for (const auto& application : config.applications) applications.insert(application.name);
  const auto gone = [&](const std::string& rule, const std::string& application) {
    return !rules.contains(rule) || !applications.contains(application);
  };
  std::erase_if(state_.rules,
                [&](const auto& entry) { return gone(entry.first.first, entry.first.second); });
  std::erase_if(state_.incidents, [&](const EdgeIncident& incident) {
    return !incident.Told() && gone(incident.alert->rule, incident.alert->application);
  });
  for (const auto& incident : state_.incidents) {
    const Alert& alert = *incident.alert;
    if (!alert.ended_at) open_[{alert.rule, alert.application}] = incident.alert;
  }
}

void EdgeJudge::Forget(const std::function<bool(const EdgeIncident&)>& which) {
  std::erase_if(state_.incidents, [&](const EdgeIncident& incident) {
    if (!which(incident)) return false;
    const auto open = open_.find({incident.alert->rule, incident.alert->application});
    if (open != open_.end() && open->second == incident.alert) open_.erase(open);
    return true;
  });
}

bool EdgeJudge::Judge(const ApplicationSample& sample, bool stored) {
  const Sample judged{0, sample.timestamp, sample.response_time_ms, sample.error_rate};
  bool changed = false;
  for (const auto& rule : rules_) {
    changed = Judge(rule, sample.application, judged, stored) || changed;
  }
  return changed;
}

bool EdgeJudge::Judge(const anomaly_detector::Rule& rule, const std::string& application,
                      const Sample& sample, bool stored) {
  const EdgeState::Key key{rule.Name(), application};
  auto& state = state_.rules[key];
  const auto open = open_.find(key);
  IncidentRun run(rule.Config(), application, processor::TimingOf(rule.Config(), expected_spacing_),
                  state, open == open_.end() ? nullptr : open->second);
  run.Feed(sample, processor::Evaluate(rule, sample, {}));
  const bool changed = run.State().phase != state.phase;
  state = run.State();
  if (!changed) return false;
  if (!run.Begun().empty() && !stored) {
    state_.incidents.push_back({run.Begun().back(), {}, {}});
    open_[key] = run.Begun().back();
  } else if (!run.Open()) {
    open_.erase(key);
  }
  return true;
}

}  // namespace mon::data_aggregator
