#include "watch_alerts.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "alerting_system/notice.h"
#include "common/text.h"
#include "dispatch/telling_store.h"

namespace mon::processor {
namespace {

using alerting_system::ReportKind;
using watch::State;
using watch::Watch;

constexpr std::string_view kApplication = "application:";

/// "shop", "zabbix", "aggregator".
std::string NameOf(std::string_view subject) {
  if (subject.starts_with(kApplication)) subject.remove_prefix(kApplication.size());
  return std::string(subject);
}

std::string RuleOf(State state) {
  switch (state) {
    case State::kStale:
      return "stale-data";
    case State::kError:
      return "bad-data";
    case State::kNoData:
    case State::kOk:
      break;
  }
  return "no-data";
}

std::string ProblemOf(std::string_view rule) {
  if (rule == "stale-data") return "the same data";
  if (rule == "bad-data") return "no usable data";
  return "no data";
}

/// `name`: of a source or of the aggregator, as NameOf gives it.
std::string AdviceFor(std::string_view name) {
  if (name == "aggregator") {
    return "No source is read meanwhile, and no rule can fire. Is the cron entry or the daemon of "
           "data-aggregator there, and what does it log? 'data-aggregator doctor' checks all that "
           "it needs.";
  }
  return fmt::format(
      "Rules cannot judge it meanwhile. What the last attempt met is in table sources, name = "
      "'{}{}'; 'data-aggregator doctor' tries it now.",
      name == "zabbix" ? "" : kApplication, name);
}

alerting_system::Notice NoticeOf(const std::string& name, const std::string& rule, ReportKind kind,
                                 std::int64_t alert_id, std::int64_t since) {
  alerting_system::Notice notice;
  notice.kind = kind;
  notice.severity = Severity::kCritical;
  notice.about = name;
  notice.problem = ProblemOf(rule);
  notice.since = since;
  notice.thread_key = fmt::format("alert/{}/{}", alert_id, since);
  return notice;
}

/// The subject that a dry run tells of.
std::string SubjectOf(const Watch& watch, const std::string& rule, ReportKind kind,
                      std::int64_t now, const alerting_system::TimeZone& zone) {
  auto notice = NoticeOf(
      NameOf(watch.subject), rule, kind, watch.alert_id,
      kind == ReportKind::kRecovery ? watch.told_since.value_or(watch.since) : watch.since);
  notice.seen_at = now;
  if (kind == ReportKind::kRecovery) notice.ended_at = watch.since;
  return alerting_system::ComposeNotice(notice, zone).subject;
}

}  // namespace

bool IsWatchRule(std::string_view rule) {
  return rule == "no-data" || rule == "stale-data" || rule == "bad-data";
}

alerting_system::ComposedMail WatchMail(const Alert& alert, ReportKind kind,
                                        std::vector<std::string> notes, std::int64_t now,
                                        const alerting_system::TimeZone& zone) {
  auto notice = NoticeOf(alert.application, alert.rule, kind, alert.id, alert.started_at);
  notice.severity = alert.severity;
  notice.seen_at = now;
  notice.ended_at = alert.ended_at;
  notice.summary = alert.summary;
  notice.advice = AdviceFor(alert.application);
  notice.notes = std::move(notes);
  return alerting_system::ComposeNotice(notice, zone);
}

Result<void> WatchAlerts::Begin(Watch& watch, std::int64_t now) {
  const auto rule = RuleOf(watch.state);
  if (auto inserted = Insert(watch, rule, now); !inserted) return inserted;
  watch.TellBegin();
  summary_.fired.push_back(fmt::format("{}: {}", NameOf(watch.subject), ProblemOf(rule)));
  if (writing_ == Writing::kReal) {
    return dispatch::AddTellings(connection_, {&watch.alert_id, 1});
  }
  summary_.mails.push_back(SubjectOf(watch, rule, ReportKind::kProblem, now, setup_.zone));
  return {};
}

Result<void> WatchAlerts::Insert(Watch& watch, const std::string& rule, std::int64_t now) {
  if (writing_ == Writing::kNot) return {};
  auto inserted = connection_.Execute(
      "INSERT INTO alerts (rule, application, severity, status, started_at, fired_at, summary,"
      " evidence) VALUES (?, ?, 'critical', 'firing', ?, ?, ?, '{}')"
      " ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), status = 'firing', ended_at = NULL",
      {rule, NameOf(watch.subject), watch.since, now, CleanUtf8(watch.detail, 1024)});
  if (!inserted) return Context("writing an alert", inserted.error());
  const auto id = connection_.LastInsertId();
  if (!id) return std::unexpected(id.error());
  watch.alert_id = static_cast<std::int64_t>(*id);
  return SaveEvent(watch.alert_id, "fired", watch.since, watch.detail);
}

Result<void> WatchAlerts::SaveEvent(std::int64_t alert_id, const std::string& kind,
                                    std::int64_t time, const std::string& detail) {
  auto inserted = connection_.Execute(
      "INSERT INTO alert_events (alert_id, kind, event_time, detail) VALUES (?, ?, ?, ?)",
      {alert_id, kind, time, detail.empty() ? mysql::Value() : mysql::Value(detail)});
  if (!inserted) return Context("writing alert events", inserted.error());
  return {};
}

Result<void> WatchAlerts::End(Watch& watch) {
  auto rows = connection_.Query("SELECT rule FROM alerts WHERE id = ?", {watch.alert_id});
  if (!rows) return Context("reading alerts", rows.error());
  const auto rule = rows->Next() ? rows->Text(0) : RuleOf(watch.state);  // somebody deleted it
  summary_.resolved.push_back(fmt::format("{}: {}", NameOf(watch.subject), ProblemOf(rule)));
  if (writing_ == Writing::kNot) {
    summary_.mails.push_back(
        SubjectOf(watch, rule, ReportKind::kRecovery, watch.since, setup_.zone));
    return {};
  }
  const auto id = watch.alert_id;
  watch.TellEnd();
  auto updated = connection_.Execute(
      "UPDATE alerts SET status = 'resolved', ended_at = ? WHERE id = ?", {watch.since, id});
  if (!updated) return Context("writing an alert", updated.error());
  return SaveEvent(id, "resolved", watch.since, "");
}

}  // namespace mon::processor
