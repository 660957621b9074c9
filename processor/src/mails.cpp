#include "mails.h"

#include "anomaly_detector/finding.h"
#include "common/text.h"

namespace mon::processor {
namespace {

using alerting_system::AlertReport;
using alerting_system::EvidenceRow;
using alerting_system::ReportKind;
using alerting_system::SampleRow;
using anomaly_detector::JoinedValue;
using anomaly_detector::ValueText;

constexpr std::size_t kSamplesBefore = 7;  // before the one that fired
constexpr std::size_t kSamplesShown = 12;

EvidenceRow RowOf(const JoinedValue& joined) {
  EvidenceRow row;
  row.host = joined.host;
  row.itemid = joined.itemid;
  row.item = joined.name;
  row.key = joined.key;
  row.units = joined.units;
  row.value = joined.value;
  row.clock = joined.clock;
  row.offset_seconds = joined.offset_seconds;
  row.in_window = joined.within_window;
  return row;
}

}  // namespace

std::optional<ReportKind> MailOf(const Alert& alert) {
  if (alert.id == 0) return alert.ended_at ? ReportKind::kBoth : ReportKind::kProblem;
  if (alert.resolved_now) return ReportKind::kRecovery;
  return std::nullopt;
}

Result<std::vector<SampleRow>> SamplesAround(const Alert& alert, const anomaly_detector::Rule& rule,
                                             SampleHistory& history, Evaluator& evaluator) {
  auto samples = history.ReadBefore(alert.application, alert.fired_at, kSamplesBefore);
  if (!samples) return std::unexpected(samples.error());
  auto after = history.Read(alert.application, alert.fired_at, alert.fired_at + 600);
  if (!after) return std::unexpected(after.error());
  samples->insert(samples->end(), after->samples.begin(), after->samples.end());
  if (samples->size() > kSamplesShown) samples->resize(kSamplesShown);
  auto evaluations = evaluator.Evaluate(rule, alert.application, *samples);
  if (!evaluations) return std::unexpected(evaluations.error());

  std::vector<SampleRow> rows;
  for (std::size_t i = 0; i < samples->size(); ++i) {
    const auto& sample = (*samples)[i];
    rows.push_back({sample.timestamp, sample.response_time_ms, ShortestText(sample.error_rate),
                    (*evaluations)[i].truth == anomaly_detector::Truth::kTrue});
  }
  return rows;
}

AlertReport ReportOf(const Alert& alert, ReportKind kind, std::chrono::seconds window,
                     std::vector<SampleRow> samples, std::vector<std::string> late_notes) {
  AlertReport report;
  report.kind = kind;
  report.alert_id = alert.id;
  report.rule = alert.rule;
  report.severity = alert.severity;
  report.application = alert.application;
  report.metric = alert.deciding.metric;
  if (!alert.deciding.metric.empty()) {
    report.value = ValueText(alert.deciding.metric, alert.deciding.value);
    report.comparison = alert.deciding.op;
    report.limit = ValueText(alert.deciding.metric, alert.deciding.limit);
    if (alert.peak) report.peak = ValueText(alert.deciding.metric, *alert.peak);
  }
  report.condition = alert.condition;
  report.summary = alert.summary;
  report.started_at = alert.started_at;
  report.fired_at = alert.fired_at;
  report.ended_at = alert.ended_at;
  report.window = window;
  report.hosts = alert.hosts;
  report.samples = std::move(samples);
  for (const auto& joined : alert.joined) report.evidence.push_back(RowOf(joined));
  report.late_notes = std::move(late_notes);
  return report;
}

}  // namespace mon::processor
