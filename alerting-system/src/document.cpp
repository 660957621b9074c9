#include "document.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "alerting_system/compose.h"

namespace mon::alerting_system {
namespace {

/// Local time first, because a person reads it; the epoch behind it, because a query needs it.
std::string Instant(std::int64_t epoch_seconds, const TimeZone& zone) {
  return fmt::format("{} ({})", zone.Format(epoch_seconds), epoch_seconds);
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + OneLine(name, 255);
  return text;
}

/// "0.97 > 0.5", or the value alone where the rule compares more than one thing.
std::string Comparison(const AlertReport& report, const std::string& value) {
  if (report.comparison.empty() || report.limit.empty()) return OneLine(value);
  return OneLine(fmt::format("{} {} {}", value, report.comparison, report.limit));
}

std::string LabelsOf(const AlertReport& report) {
  std::vector<std::string> labels;
  for (const auto& [name, value] : report.labels) labels.push_back(name + "=" + value);
  return Joined(labels);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(OneLine(std::string_view(text).substr(begin, end - begin), 1024));
    begin = end + 1;
  }
  return lines;
}

std::vector<Document::Fact> Facts(const AlertReport& report, const TimeZone& zone) {
  std::vector<Document::Fact> facts;
  const auto add = [&](const char* label, std::string value) {
    if (!value.empty()) facts.push_back({label, std::move(value), false});
  };
  if (!report.value.empty())
    add("Value", OneLine(report.metric) + " " + Comparison(report, report.value));
  add("Why", OneLine(report.why));
  if (report.kind != ReportKind::kProblem) add("Peak", OneLine(report.peak));
  add("Rule",
      OneLine(report.rule) + (report.condition.empty() ? "" : ": " + OneLine(report.condition)));
  add("Began", Instant(report.started_at, zone));
  if (report.fired_at != report.started_at) add("Fired", Instant(report.fired_at, zone));
  if (report.ended_at) {
    add("Ended", Instant(*report.ended_at, zone));
    add("Duration", SpokenDuration(*report.ended_at - report.started_at));
  }
  add("Hosts", Joined(report.hosts));
  add("Labels", LabelsOf(report));
  add("Owner", OneLine(report.owner));
  if (report.priority) {
    add("Priority", fmt::format("{} of 100: {}", report.priority->score,
                                OneLine(report.priority->parts, 1024)));
  }
  const auto link = [&](const char* label, const std::string& url) {
    if (!url.empty()) facts.push_back({label, OneLine(url, 2048), true});
  };
  link("Runbook", report.runbook);
  link("Dashboard", report.dashboard_url);
  if (IsOpen(report.kind) && report.alert_id != 0) {
    add("Take it on", fmt::format("alerting-system ack {}", report.alert_id));
  }
  return facts;
}

std::vector<Document::Sample> Samples(const AlertReport& report, const TimeZone& zone) {
  std::vector<Document::Sample> samples;
  for (const SampleRow& row : report.samples) {
    samples.push_back({zone.FormatTime(row.timestamp), fmt::format("{}", row.response_time_ms),
                       OneLine(row.error_rate), row.violates});
  }
  return samples;
}

/// The units stand with the name, so that the value is Zabbix's alone. Units that Zabbix must not
/// scale are marked with a "!" there that is not part of them.
std::string NameWithUnits(const EvidenceRow& row) {
  std::string_view units = row.units;
  if (units.starts_with('!')) units.remove_prefix(1);
  const std::string name = OneLine(row.item, 255);
  return units.empty() ? name : fmt::format("{} [{}]", name, OneLine(units, 64));
}

std::string OffsetText(const EvidenceRow& row) {
  if (!row.in_window) return SpokenDuration(std::abs(row.offset_seconds)) + " old";
  if (row.offset_seconds == 0) return "0 s";
  return fmt::format("{}{} s", row.offset_seconds > 0 ? "+" : "−", std::abs(row.offset_seconds));
}

Document::Evidence EvidenceLine(const EvidenceRow& row, const TimeZone& zone) {
  Document::Evidence line;
  line.host = OneLine(row.host, 255);
  line.item = NameWithUnits(row);
  line.key = OneLine(row.key, 255);
  line.itemid = fmt::format("{}", row.itemid);
  if (row.clock == 0) return line;
  line.value = OneLine(row.value);
  line.clock = fmt::format("{}", row.clock);
  line.time = zone.Format(row.clock);
  line.offset = OffsetText(row);
  return line;
}

/// "112 items of its hosts and 2 applications that it calls"
std::string WhatWasLookedAt(const AlertReport& report, std::string_view items) {
  const auto of_hosts = fmt::format("{} {} of its hosts", report.compared, items);
  const auto called =
      fmt::format("{} application{} that it calls", report.called, report.called == 1 ? "" : "s");
  if (report.called == 0) return of_hosts;
  return report.compared == 0 ? called : of_hosts + " and " + called;
}

std::string WhereMoved(const MovedRow& row, const TimeZone& zone) {
  const auto time = zone.FormatTime(row.clock);
  if (!row.application.empty()) {
    return fmt::format("at {}, application {}", time, OneLine(row.application, 255));
  }
  auto details = fmt::format("at {}, itemid {}", time, row.itemid);
  if (!row.key.empty()) details += ", key " + OneLine(row.key, 255);
  if (row.symptom) details += "; a symptom";
  return details;
}

void AddMoved(const AlertReport& report, const TimeZone& zone, Document& document) {
  if (report.compared + report.called == 0) return;
  if (report.moved.empty()) {
    document.moved_note = fmt::format("None of the {} did anything unusual around the onset.",
                                      WhatWasLookedAt(report, "Zabbix items"));
    return;
  }
  document.moved_title =
      report.called == 0 ? fmt::format("What moved on its hosts, of {} items", report.compared)
                         : fmt::format("Probable causes, of {}", WhatWasLookedAt(report, "items"));
  for (const MovedRow& row : report.moved) {
    document.moved.push_back({OneLine(row.sentence, 1024), WhereMoved(row, zone)});
  }
}

/// Some items have a wider window than the usual one.
bool HasWider(const AlertReport& report) {
  return std::ranges::any_of(report.evidence, [&](const EvidenceRow& row) {
    return row.in_window && std::abs(row.offset_seconds) > report.window.count();
  });
}

/// In the window first; of those left out the mail tells the number.
void AddEvidence(const AlertReport& report, const TimeZone& zone, Document& document) {
  std::vector<const EvidenceRow*> rows;
  for (const EvidenceRow& row : report.evidence) rows.push_back(&row);
  std::ranges::sort(rows, [](const EvidenceRow* a, const EvidenceRow* b) {
    return std::tie(b->in_window, a->host, a->item, a->itemid) <
           std::tie(a->in_window, b->host, b->item, b->itemid);
  });
  for (std::size_t i = 0; i < rows.size() && i < kMaxEvidenceRows; ++i) {
    auto& group = rows[i]->in_window ? document.inside : document.outside;
    group.push_back(EvidenceLine(*rows[i], zone));
  }
  document.inside_title =
      fmt::format("Zabbix items within {} s{} of the sample at {}", report.window.count(),
                  HasWider(report) ? " or their own window" : "", Instant(report.fired_at, zone));
  document.outside_title = "Outside the window: the last value before the sample";
  if (!report.evidence_note.empty()) {
    document.evidence_note = OneLine(report.evidence_note);
  } else if (rows.size() > kMaxEvidenceRows) {
    const std::size_t hidden = rows.size() - kMaxEvidenceRows;
    document.evidence_note =
        fmt::format("{} more item{} not shown.", hidden, hidden == 1 ? " is" : "s are");
  } else if (rows.empty() && report.kind != ReportKind::kRecovery) {
    document.evidence_note = "No Zabbix values are known of the hosts of this application.";
  } else if (document.inside.empty() && !rows.empty()) {
    document.evidence_note =
        fmt::format("No Zabbix item has a value within {} s of the sample.", report.window.count());
  }
}

}  // namespace

Document BeginDocument(ReportKind kind, Severity severity, std::string_view about,
                       std::string_view summary) {
  Document document;
  document.problem = IsOpen(kind);
  document.headline =
      fmt::format("{} · {} · {}", StateWord(kind), ToString(severity), OneLine(about, 255));
  document.summary = OneLine(summary, 1024);
  if (!document.problem && !document.summary.empty()) {
    document.summary = "It is over. It began with: " + document.summary;
  }
  return document;
}

Document MakeDocument(const AlertReport& report, const TimeZone& zone) {
  Document document =
      BeginDocument(report.kind, report.severity, report.application, report.summary);
  if (report.kind == ReportKind::kBoth) {
    document.notes.emplace_back("Its end was known by the time that this mail was written.");
  }
  for (const std::string& note : report.late_notes) document.late_notes.push_back(OneLine(note));
  for (const std::string& note : report.notes) document.notes.push_back(OneLine(note, 1024));
  document.description = LinesOf(report.description);
  document.facts = Facts(report, zone);
  document.samples_title = "Samples of " + OneLine(report.application, 255);
  document.samples = Samples(report, zone);
  AddMoved(report, zone, document);
  document.chart_alt = OneLine(report.chart_alt, 2048);
  AddEvidence(report, zone, document);
  const auto by = report.alert_id != 0
                      ? fmt::format("Alert {} of the monitoring platform", report.alert_id)
                      : std::string("Told by data-aggregator, cut off from the database");
  document.footer =
      by +
      ". Times are local, with their offset to UTC; in parentheses, seconds since 1970-01-01 UTC.";
  return document;
}

}  // namespace mon::alerting_system
