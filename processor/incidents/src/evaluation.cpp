#include "processor/evaluation.h"

namespace mon::processor {

using anomaly_detector::Truth;

Evaluation Evaluate(const anomaly_detector::Rule& rule, const Sample& sample,
                    std::span<const anomaly_detector::HostReadings> hosts) {
  const anomaly_detector::Metrics metrics{sample.response_time_ms, sample.error_rate};
  Evaluation evaluation;
  evaluation.truth = rule.EvaluateTruth(metrics, hosts);
  if (evaluation.truth != Truth::kTrue) return evaluation;
  evaluation.deciding = rule.Deciding(metrics, hosts);
  for (const auto host : rule.Evaluate(metrics, hosts).hosts) {
    evaluation.hosts.emplace_back(hosts[host].host);
  }
  return evaluation;
}

}  // namespace mon::processor
