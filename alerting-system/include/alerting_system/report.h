#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"

namespace mon::alerting_system {

enum class ReportKind {
  kProblem,
  kRecovery,
  kBoth,        ///< it is over, and its beginning was not told; one mail tells both
  kReminder,    ///< it goes on
  kEscalation,  ///< nobody has acknowledged it
};

/// It goes on, as opposed to being over.
[[nodiscard]] constexpr bool IsOpen(ReportKind kind) {
  return kind != ReportKind::kRecovery && kind != ReportKind::kBoth;
}

/// "problem", "recovery", "both", "reminder", "escalation", as in table `notifications`.
[[nodiscard]] std::string_view ToString(ReportKind kind);

/// One Zabbix item beside the sample that the alert is about.
struct EvidenceRow {
  std::string host;  ///< technical name; the host id where the name is not known
  std::uint64_t itemid = 0;
  std::string item;        ///< name of the item
  std::string key;         ///< may be empty: rows of other programs have none
  std::string units;       ///< may be empty
  std::string value;       ///< exactly as Zabbix has it; printed unchanged
  std::int64_t clock = 0;  ///< epoch seconds of the value; 0: the item has no value yet
  std::int64_t offset_seconds =
      0;                   ///< clock - timestamp of the sample; its age where not in_window
  bool in_window = false;  ///< |offset| <= window; else the last value before the sample
};

/// What an item of the machines, or an application that is called, did around the onset that it
/// does not do otherwise.
struct MovedRow {
  std::string sentence;  ///< "CPU load on web-1 rose to 12.4 from a usual 0.8–1.5, 40 s before …"
  std::uint64_t itemid = 0;
  std::string key;               ///< of the item; may be empty
  std::int64_t clock = 0;        ///< epoch seconds of that value
  std::string application = {};  ///< that is called; empty: it is an item
  bool symptom = false;          ///< by the configuration: no probable cause
};

/// How much an alert matters among others.
struct ReportPriority {
  int score = 0;      ///< 0 to 100
  int level = 3;      ///< X-Priority: 1 highest, 5 lowest
  std::string parts;  ///< what the score is made of: "critical 50, far above the limit 15"
};

/// One sample of the application around the finding.
struct SampleRow {
  std::int64_t timestamp = 0;  ///< epoch seconds
  std::int64_t response_time_ms = 0;
  std::string error_rate;  ///< shortest text that reads back as the same float
  bool violates = false;   ///< the rule's condition was true
};

/// What a mail about one alert says. All times are event times in epoch seconds. Numbers come as
/// text, because whoever read them knows how they are printed (a FLOAT is not a DOUBLE).
struct AlertReport {
  ReportKind kind = ReportKind::kProblem;
  std::int64_t alert_id = 0;  ///< 0: told by an aggregator that is cut off from the database
  std::string rule;
  Severity severity = Severity::kCritical;
  std::string application;
  std::string metric;       ///< "error_rate", "response_time_ms", "item(\"system.cpu.load\")"
  std::string value;        ///< of that metric when the alert fired: "0.97"
  std::string comparison;   ///< ">"; empty where the rule has no single one
  std::string limit;        ///< "0.5"
  std::string why;          ///< of a detector: "expected 40 to 55, saw 91, …"; may be empty
  std::string peak;         ///< worst value while it lasted; used by recovery and both
  std::string condition;    ///< the rule's whole expression
  std::string summary;      ///< the rule's summary with its placeholders filled in
  std::string description;  ///< of the rule, likewise; may have several lines; may be empty
  std::string owner;        ///< whose rule it is; may be empty
  std::string runbook;      ///< URL of what to do; may be empty
  std::map<std::string, std::string> labels;  ///< of the rule
  std::int64_t started_at = 0;                ///< first sample whose condition was true
  std::int64_t fired_at = 0;  ///< sample at which it fired; the evidence belongs to this one
  std::optional<std::int64_t>
      ended_at;                       ///< first sample of the recovery; set for recovery and both
  std::chrono::seconds window{10};    ///< half-width of the join window
  std::vector<std::string> hosts;     ///< hosts for which a rule with items was true
  std::vector<SampleRow> samples;     ///< around `fired_at`, in time order; a dozen is plenty
  std::vector<MovedRow> moved;        ///< the most likely cause first
  std::size_t compared = 0;           ///< items that were looked at for `moved`; 0: it was not done
  std::size_t called = 0;             ///< applications that it calls and that were looked at
  std::vector<EvidenceRow> evidence;  ///< any order, any number: the mail sorts and caps
  std::string evidence_note;          ///< why there is none; empty: the mail says it by itself
  std::vector<std::string> late_notes;     ///< what late data changed, one sentence each
  std::vector<std::string> notes;          ///< why the mail comes as it does, one sentence each
  std::optional<ReportPriority> priority;  ///< unset: nobody has worked it out
  std::string dashboard_url;               ///< at that time; may be empty
  std::string chart_alt;                   ///< what its picture shows; empty: it has none
};

}  // namespace mon::alerting_system
