#include "mails.h"

#include "common/text.h"

namespace mon::processor {
namespace {

using alerting_system::ReportKind;
using alerting_system::SampleRow;

constexpr std::size_t kSamplesBefore = 7;  // before the one that fired
constexpr std::size_t kSamplesShown = 12;

/// For each of `samples`, which are of the alert's application, whether the rule is true.
Result<std::vector<bool>> Violations(const Alert& alert, const anomaly_detector::Rule& rule,
                                     std::span<const Sample> samples, SampleHistory& history,
                                     const Evaluator& evaluator) {
  std::vector<bool> violations;
  if (rule.UsesDetectors()) {  // which are not asked again
    for (const auto& sample : samples) violations.push_back(alert.Covers(sample.timestamp));
    return violations;
  }
  Evaluator with_history = evaluator;  // spans begin before these samples
  with_history.UseHistory(&history);
  auto evaluations = with_history.Evaluate(rule, alert.application, samples);
  if (!evaluations) return std::unexpected(evaluations.error());
  for (const auto truth : evaluations->Truths()) {
    violations.push_back(truth == anomaly_detector::Truth::kTrue);
  }
  return violations;
}

}  // namespace

std::optional<ReportKind> MailOf(const Alert& alert) {
  if (alert.id == 0) return alert.ended_at ? ReportKind::kBoth : ReportKind::kProblem;
  if (alert.resolved_now) return ReportKind::kRecovery;
  return std::nullopt;
}

Result<std::vector<SampleRow>> SamplesAround(const Alert& alert, const anomaly_detector::Rule& rule,
                                             SampleHistory& history, const Evaluator& evaluator) {
  auto samples = history.ReadBefore(alert.application, alert.fired_at, kSamplesBefore);
  if (!samples) return std::unexpected(samples.error());
  auto after = history.Read(alert.application, alert.fired_at, alert.fired_at + 600);
  if (!after) return std::unexpected(after.error());
  samples->insert(samples->end(), after->samples.begin(), after->samples.end());
  if (samples->size() > kSamplesShown) samples->resize(kSamplesShown);
  const auto violations = Violations(alert, rule, *samples, history, evaluator);
  if (!violations) return std::unexpected(violations.error());

  std::vector<SampleRow> rows;
  for (std::size_t i = 0; i < samples->size(); ++i) {
    const auto& sample = (*samples)[i];
    rows.push_back({sample.timestamp, sample.response_time_ms, ShortestText(sample.error_rate),
                    (*violations)[i]});
  }
  return rows;
}

}  // namespace mon::processor
