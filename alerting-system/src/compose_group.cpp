#include "alerting_system/compose_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "document.h"

namespace mon::alerting_system {
namespace {

/// "[PROBLEM critical] 12 alerts: shop, bank, mill and 9 more": as many names as there is room for.
std::string Subject(const GroupReport& report) {
  const std::string head = fmt::format(
      "{}{} alerts:", SubjectHead(report.kind, report.severity, report.priority), report.alerts);
  std::string names;
  for (std::size_t i = 0; i < report.applications.size(); ++i) {
    const std::string name =
        fmt::format("{} {}", i == 0 ? "" : ",", OneLine(report.applications[i], 255));
    const std::size_t left = report.applications.size() - i - 1;
    const std::string rest = left == 0 ? "" : fmt::format(" and {} more", left);
    if (CountCharacters(head + names + name + rest) > kMaxSubject) {
      if (i == 0) return head + Shorten(name, kMaxSubject - CountCharacters(head + rest)) + rest;
      return fmt::format("{}{} and {} more", head, names, left + 1);
    }
    names += name;
  }
  return head + names;
}

Document::Member MemberLine(const GroupMember& member, const TimeZone& zone) {
  Document::Member line;
  line.state = member.ended_at ? "over" : std::string(ToString(member.severity));
  line.what = fmt::format("{}: {}", OneLine(member.application, 255), OneLine(member.summary, 512));
  line.time = member.ended_at ? fmt::format("{}, for {}", zone.Format(member.started_at),
                                            SpokenDuration(*member.ended_at - member.started_at))
                              : fmt::format("since {}", zone.Format(member.started_at));
  if (member.priority && !member.ended_at) {
    line.time += fmt::format(", priority {}", *member.priority);
  }
  line.cause = OneLine(member.cause, 512);
  if (member.alert_id != 0) line.time += fmt::format(", alert {}", member.alert_id);
  return line;
}

}  // namespace

ComposedMail ComposeGroup(const GroupReport& report, const TimeZone& zone) {
  Document document =
      BeginDocument(report.kind, report.severity, fmt::format("{} alerts", report.alerts), "");
  for (const std::string& note : report.notes) document.notes.push_back(OneLine(note, 1024));
  const std::size_t shown = std::min(report.members.size(), kMaxMembers);
  for (std::size_t i = 0; i < shown; ++i) {
    document.members.push_back(MemberLine(report.members[i], zone));
  }
  if (report.alerts > shown) {
    document.members_note = fmt::format("{} more are not shown.", report.alerts - shown);
  }
  if (document.problem) {
    document.facts.push_back({"Take it on", "alerting-system ack ALERT…", false});
  }
  document.footer = "Alerts of the monitoring platform. Times are local, with their offset to UTC.";
  return MailOf(document, report.kind, report.severity, report.priority, Subject(report),
                report.thread_key);
}

}  // namespace mon::alerting_system
