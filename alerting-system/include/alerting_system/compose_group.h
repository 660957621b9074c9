#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alerting_system/compose.h"
#include "alerting_system/report.h"
#include "alerting_system/time_zone.h"

namespace mon::alerting_system {

/// One of several alerts that share a mail. Times are event times in epoch seconds.
struct GroupMember {
  std::int64_t alert_id = 0;
  Severity severity = Severity::kCritical;
  std::string application;
  std::string summary;
  std::int64_t started_at = 0;
  std::optional<std::int64_t> ended_at;  ///< unset: it goes on
  std::optional<int> priority;           ///< its score
  std::string cause;                     ///< what moved first at its hosts; may be empty
};

/// What a mail about several alerts says.
struct GroupReport {
  ReportKind kind = ReportKind::kProblem;
  Severity severity = Severity::kCritical;  ///< the worst of all
  std::vector<GroupMember> members;         ///< those to show, in their order
  std::size_t alerts = 0;                   ///< how many there are in all
  std::vector<std::string> applications;    ///< of all of them, each once, in their order
  std::vector<std::string> notes;           ///< why the mail comes as it does
  std::optional<ReportPriority> priority;   ///< the greatest of those that go on
  std::string thread_key;
};

/// The most alerts that a mail shows; it says how many more there are.
inline constexpr std::size_t kMaxMembers = 50;

/// Writes the mail; the caller sets its dedup_key. Foreign text is cleaned, in HTML escaped. No
/// I/O, safe from any thread.
[[nodiscard]] ComposedMail ComposeGroup(const GroupReport& report, const TimeZone& zone);

}  // namespace mon::alerting_system
