#include "processor/evaluation.h"

#include <algorithm>

namespace mon::processor {

using anomaly_detector::Truth;

namespace {

/// A host may have several rows: one for each key that a pattern stands for.
void AddOnce(std::vector<std::string>& hosts, std::string_view host) {
  if (std::ranges::find(hosts, host) == hosts.end()) hosts.emplace_back(host);
}

}  // namespace

Evaluation Evaluate(const anomaly_detector::Rule& rule, const Sample& sample,
                    std::span<const anomaly_detector::HostReadings> hosts,
                    std::span<const anomaly_detector::Reading> shared) {
  const anomaly_detector::Metrics metrics{sample.response_time_ms, sample.error_rate, shared};
  Evaluation evaluation;
  evaluation.truth = rule.EvaluateTruth(metrics, hosts);
  evaluation.recovery = rule.EvaluateRecovery(metrics, hosts);
  if (evaluation.truth != Truth::kTrue) return evaluation;
  evaluation.deciding = rule.Deciding(metrics, hosts);
  const auto verdict = rule.Evaluate(metrics, hosts);
  for (const auto host : verdict.hosts) AddOnce(evaluation.hosts, hosts[host].host);
  for (const auto host : verdict.named_hosts) AddOnce(evaluation.hosts, host);
  return evaluation;
}

}  // namespace mon::processor
