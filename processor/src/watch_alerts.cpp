#include "watch_alerts.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "alerting_system/notice.h"
#include "alerting_system/outbox.h"
#include "common/text.h"

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

std::string AdviceFor(const Watch& watch) {
  if (watch.subject == "aggregator") {
    return "No source is read meanwhile, and no rule can fire. Is the cron entry or the daemon of "
           "data-aggregator there, and what does it log? 'data-aggregator doctor' checks all that "
           "it needs.";
  }
  return fmt::format(
      "Rules cannot judge it meanwhile. What the last attempt met is in table sources, name = "
      "'{}'; 'data-aggregator doctor' tries it now.",
      watch.subject);
}

alerting_system::Notice NoticeOf(const Watch& watch, ReportKind kind, std::int64_t since,
                                 const std::string& rule) {
  alerting_system::Notice notice;
  notice.kind = kind;
  notice.severity = Severity::kCritical;
  notice.about = NameOf(watch.subject);
  notice.problem = ProblemOf(rule);
  notice.since = since;
  notice.thread_key = fmt::format("alert/{}/{}", watch.alert_id, since);
  return notice;
}

}  // namespace

Result<void> WatchAlerts::Begin(Watch& watch, std::int64_t now) {
  const auto rule = RuleOf(watch.state);
  if (auto inserted = Insert(watch, rule, now); !inserted) return inserted;
  watch.TellBegin();
  auto notice = NoticeOf(watch, ReportKind::kProblem, watch.since, rule);
  notice.seen_at = now;
  notice.summary = watch.detail;
  notice.advice = AdviceFor(watch);
  const auto mail = alerting_system::ComposeNotice(notice, setup_.zone);
  summary_.fired.push_back(fmt::format("{}: {}", notice.about, notice.problem));
  summary_.mails.push_back(mail.subject);
  if (writing_ == Writing::kNot) return {};
  return alerting_system::Enqueue(connection_, watch.alert_id, notice.kind, mail,
                                  setup_.recipients);
}

Result<void> WatchAlerts::Insert(Watch& watch, const std::string& rule, std::int64_t now) {
  if (writing_ == Writing::kNot) return {};
  auto inserted = connection_.Execute(
      "INSERT INTO alerts (rule, application, severity, status, started_at, fired_at, summary,"
      " evidence) VALUES (?, ?, 'critical', 'firing', ?, ?, ?, '{}')"
      " ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), status = 'firing', ended_at = NULL",
      {rule, NameOf(watch.subject), watch.since, now, CleanUtf8(watch.detail, 1024)});
  if (!inserted) return Context("writing an alert", inserted.error());
  watch.alert_id = static_cast<std::int64_t>(connection_.LastInsertId());
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
  auto notice =
      NoticeOf(watch, ReportKind::kRecovery, watch.told_since.value_or(watch.since), rule);
  notice.summary = watch.told_detail;
  notice.ended_at = watch.since;
  const auto mail = alerting_system::ComposeNotice(notice, setup_.zone);
  summary_.resolved.push_back(fmt::format("{}: {}", notice.about, notice.problem));
  summary_.mails.push_back(mail.subject);
  if (writing_ == Writing::kNot) return {};

  const auto id = watch.alert_id;
  watch.TellEnd();
  auto updated = connection_.Execute(
      "UPDATE alerts SET status = 'resolved', ended_at = ? WHERE id = ?", {watch.since, id});
  if (!updated) return Context("writing an alert", updated.error());
  if (auto saved = SaveEvent(id, "resolved", watch.since, ""); !saved) return saved;
  return alerting_system::EnqueueRecovery(connection_, id, mail);
}

}  // namespace mon::processor
