#include "processor/report.h"

#include "anomaly_detector/finding.h"

namespace mon::processor {
namespace {

using alerting_system::AlertReport;
using alerting_system::EvidenceRow;
using alerting_system::ReportKind;
using alerting_system::SampleRow;
using anomaly_detector::JoinedValue;
using anomaly_detector::ValueText;

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
  if (alert.deciding.oddity) report.why = alert.deciding.oddity->sentence;
  report.condition = alert.condition;
  report.summary = alert.summary;
  report.description = alert.description;
  report.owner = alert.owner;
  report.runbook = alert.runbook;
  report.labels = alert.labels;
  report.started_at = alert.started_at;
  report.fired_at = alert.fired_at;
  report.ended_at = alert.ended_at;
  report.window = window;
  report.hosts = alert.hosts;
  report.samples = std::move(samples);
  for (const auto& joined : alert.joined) report.evidence.push_back(RowOf(joined));
  for (const auto& item : alert.moves.items) {
    report.moved.push_back({item.sentence, item.itemid, item.key, item.clock, item.application,
                            item.role == ContextRole::kSymptom});
  }
  report.compared = alert.moves.compared;
  report.called = alert.moves.called;
  report.late_notes = std::move(late_notes);
  return report;
}

}  // namespace mon::processor
