#include "dispatch/alert_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "alert_labels.h"
#include "application_hosts.h"
#include "common/text.h"
#include "mysql/times.h"

namespace mon::dispatch {
namespace {

using mysql::Connection;
using mysql::EpochSecondsOf;
using mysql::Value;

std::optional<std::int64_t> Whole(const mysql::Rows& rows, unsigned column) {
  if (rows.IsNull(column)) return std::nullopt;
  return rows.Int(column);
}

std::optional<double> Number(const mysql::Rows& rows, unsigned column) {
  if (rows.IsNull(column)) return std::nullopt;
  return rows.Double(column);
}

int Rank(const std::string& severity) {
  if (severity == "critical") return 0;
  return severity == "warning" ? 1 : 2;
}

bool IsWanted(const AlertRow& alert, const AlertFilter& filter) {
  const bool over = alert.state == "resolved";
  const bool in_state =
      filter.states.empty() ? !over || !filter.ids.empty() : filter.states.contains(alert.state);
  return in_state && (!over || !filter.ids.empty() || alert.ended_at >= filter.ended_since) &&
         Matches(filter.match, alert.labels);
}

/// Locks the alert.
Result<void> MayAcknowledge(Connection& connection, std::int64_t id, bool acknowledged) {
  auto rows =
      connection.Query("SELECT status, acknowledged_by FROM alerts WHERE id = ? FOR UPDATE", {id});
  if (!rows) return Context("reading an alert", rows.error());
  if (!rows->Next()) return Fail(ErrorCode::kInvalidData, fmt::format("there is no alert {}", id));
  if (rows->Text(0) == "resolved") {
    return Fail(ErrorCode::kInvalidData, fmt::format("alert {} is over", id));
  }
  const bool is_already = !rows->IsNull(1);
  if (acknowledged && is_already) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("{} has acknowledged alert {} already", rows->Text(1), id));
  }
  if (!acknowledged && !is_already) {
    return Fail(ErrorCode::kInvalidData, fmt::format("nobody has acknowledged alert {}", id));
  }
  return {};
}

/// One that is given back is silenced where it would be without the acknowledgement.
Result<void> SetAcknowledged(Connection& connection, std::int64_t id, bool acknowledged,
                             const Actor& actor) {
  auto updated =
      acknowledged
          ? connection.Execute(
                "UPDATE alerts SET status = 'acknowledged', acknowledged_by = ?,"
                " acknowledged_at = CURRENT_TIMESTAMP(3) WHERE id = ?",
                {CleanUtf8(actor.who, 190), id})
          : connection.Execute(
                "UPDATE alerts a LEFT JOIN alert_tellings t ON t.alert_id = a.id SET a.status ="
                " IF(t.held_by LIKE 'silence %' OR t.held_by LIKE 'maintenance %', 'silenced',"
                " 'firing'), a.acknowledged_by = NULL, a.acknowledged_at = NULL WHERE a.id = ?",
                {id});
  if (!updated) return Context("writing an alert", updated.error());
  return {};
}

}  // namespace

Result<std::vector<AlertRow>> ListAlerts(Connection& connection, const AlertFilter& filter) {
  std::string where = "a.status <> 'resolved'";
  if (filter.states.contains("resolved")) {
    where = fmt::format("({} OR a.ended_at >= {})", where, filter.ended_since);
  }
  if (!filter.ids.empty()) where = fmt::format("a.id IN ({})", fmt::join(filter.ids, ","));
  auto rows = connection.Query(fmt::format(
      "SELECT a.id, a.status, a.severity, a.application, a.rule, a.summary, a.started_at,"
      " a.ended_at, a.value, a.limit_value, a.peak, a.priority, a.priority_parts, t.held_by, {},"
      " a.acknowledged_by, {}, a.hosts, a.labels"
      " FROM alerts a LEFT JOIN alert_tellings t ON t.alert_id = a.id WHERE {}",
      EpochSecondsOf("t.held_until"), EpochSecondsOf("a.acknowledged_at"), where));
  if (!rows) return Context("reading alerts", rows.error());
  auto hosts = LoadApplicationHosts(
      connection, fmt::format("SELECT a.application FROM alerts a WHERE {}", where));
  if (!hosts) return std::unexpected(hosts.error());
  std::vector<AlertRow> alerts;
  while (rows->Next()) {
    AlertRow alert;
    alert.id = rows->Int(0);
    alert.state = rows->Text(1);
    alert.severity = rows->Text(2);
    alert.application = rows->Text(3);
    alert.rule = rows->Text(4);
    alert.summary = rows->Text(5);
    alert.started_at = rows->Int(6);
    alert.ended_at = Whole(*rows, 7);
    alert.value = Number(*rows, 8);
    alert.limit = Number(*rows, 9);
    alert.peak = Number(*rows, 10);
    if (!rows->IsNull(11)) alert.priority = static_cast<int>(rows->Int(11));
    alert.priority_parts = rows->Text(12);
    alert.held_by = rows->Text(13);
    alert.held_until = Whole(*rows, 14);
    alert.acknowledged_by = rows->Text(15);
    alert.acknowledged_at = Whole(*rows, 16);
    alert.labels =
        LabelsOf(alert.rule, alert.application, alert.severity, rows->Text(17), rows->Text(18));
    AddHosts(*hosts, alert.application, alert.labels);
    if (IsWanted(alert, filter)) alerts.push_back(std::move(alert));
  }
  std::ranges::sort(alerts, {}, [](const AlertRow& alert) {
    return std::tuple(alert.state == "resolved", Rank(alert.severity), -alert.priority.value_or(0),
                      alert.started_at, alert.id);
  });
  return alerts;
}

Result<std::vector<AlertEventRow>> LoadEvents(Connection& connection, std::int64_t alert_id) {
  auto rows = connection.Query(
      fmt::format("SELECT {}, kind, detail FROM alert_events WHERE alert_id = ? ORDER BY id",
                  EpochSecondsOf("created_at")),
      {alert_id});
  if (!rows) return Context("reading alert events", rows.error());
  std::vector<AlertEventRow> events;
  while (rows->Next()) events.push_back({rows->Int(0), rows->Text(1), rows->Text(2)});
  return events;
}

Result<std::vector<AlertMailRow>> LoadMails(Connection& connection, std::int64_t alert_id) {
  auto rows = connection.Query(
      fmt::format("SELECT n.id, {}, na.kind, r.recipient, r.status, n.subject, r.last_error,"
                  " r.attempts FROM notification_alerts na"
                  " JOIN notifications n ON n.id = na.notification_id"
                  " JOIN notification_recipients r ON r.notification_id = n.id"
                  " WHERE na.alert_id = ? ORDER BY n.id, r.recipient",
                  EpochSecondsOf("n.created_at")),
      {alert_id});
  if (!rows) return Context("reading mails", rows.error());
  std::vector<AlertMailRow> mails;
  while (rows->Next()) {
    mails.push_back({rows->Int(0), rows->Int(1), rows->Text(2), rows->Text(3), rows->Text(4),
                     rows->Text(5), rows->Text(6), static_cast<int>(rows->Int(7))});
  }
  return mails;
}

Result<std::string> LoadEvidence(Connection& connection, std::int64_t alert_id) {
  auto rows = connection.Query("SELECT evidence FROM alerts WHERE id = ?", {alert_id});
  if (!rows) return Context("reading an alert", rows.error());
  return rows->Next() ? rows->Text(0) : std::string();
}

Result<void> Acknowledge(Connection& connection, const std::set<std::int64_t>& alert_ids,
                         bool acknowledged, const Actor& actor) {
  for (const auto id : alert_ids) {
    if (auto may = MayAcknowledge(connection, id, acknowledged); !may) return may;
    if (auto set = SetAcknowledged(connection, id, acknowledged, actor); !set) return set;
    const auto detail = actor.reason.empty() ? "by " + actor.who
                                             : fmt::format("by {}: {}", actor.who, actor.reason);
    auto event = connection.Execute(
        "INSERT INTO alert_events (alert_id, kind, event_time, detail)"
        " VALUES (?, ?, UNIX_TIMESTAMP(), ?)",
        {id, std::string(acknowledged ? "acknowledged" : "unacknowledged"),
         CleanUtf8(detail, 4096)});
    if (!event) return Context("writing alert events", event.error());
    auto audited = Audit(connection, actor, acknowledged ? "acknowledge" : "unacknowledge",
                         fmt::format("alert {}", id), "");
    if (!audited) return audited;
  }
  return {};
}

}  // namespace mon::dispatch
