#include "processor/alert_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>

#include "common/text.h"
#include "dispatch/telling_store.h"
#include "processor/evidence_text.h"

namespace mon::processor {
namespace {

using mysql::Value;

constexpr std::size_t kLongestDetail = 4096;

Value OrNull(const std::optional<double>& value) { return value ? Value(*value) : Value(); }
Value OrNull(const std::optional<std::int64_t>& value) { return value ? Value(*value) : Value(); }

std::string Joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// What is only expected to be reached is no limit that was passed.
bool HasLimit(const anomaly_detector::Comparison& deciding) {
  return !deciding.metric.empty() && deciding.op != anomaly_detector::kPredicted;
}

std::string StatusOf(const Alert& alert) { return alert.ended_at ? "resolved" : "firing"; }

Result<bool> Insert(mysql::Connection& connection, Alert& alert) {
  const std::vector<Value> values{
      alert.rule,
      alert.application,
      std::string(ToString(alert.severity)),
      StatusOf(alert),
      alert.started_at,
      alert.fired_at,
      OrNull(alert.ended_at),
      alert.hosts.empty() ? Value() : Value(CleanUtf8(Joined(alert.hosts), 2048)),
      CleanUtf8(alert.summary, 1024),
      OrNull(ReadableValue(alert.deciding)),
      HasLimit(alert.deciding) ? Value(alert.deciding.limit) : Value(),
      OrNull(alert.peak),
      EvidenceText(alert),
      std::int64_t{alert.judged},
      alert.labels.empty() ? Value() : Value(LabelsText(alert))};
  auto inserted = connection.Execute(
      "INSERT INTO alerts (rule, application, severity, status, started_at, fired_at, ended_at,"
      " hosts, summary, value, limit_value, peak, evidence, judged, labels)"
      " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)",
      values);
  if (!inserted) return Context("writing an alert", inserted.error());
  const auto id = connection.LastInsertId();
  if (!id) return std::unexpected(id.error());
  alert.id = static_cast<std::int64_t>(*id);
  return *inserted == 1;
}

Result<void> Update(mysql::Connection& connection, const Alert& alert) {
  // Its evidence is joined anew when it ends, and a big column is not rewritten before.
  // While it goes on its status is that of people: firing, acknowledged or silenced.
  std::string sql =
      "UPDATE alerts SET status = IF(? = 'resolved', 'resolved', status), ended_at = ?, peak = "
      "?, judged = ?";
  std::vector<Value> values{StatusOf(alert), OrNull(alert.ended_at), OrNull(alert.peak),
                            std::int64_t{alert.judged}};
  if (alert.resolved_now) {
    sql += ", evidence = ?";
    values.emplace_back(EvidenceText(alert));
  }
  values.emplace_back(alert.id);
  auto updated = connection.Execute(sql + " WHERE id = ?", values);
  if (!updated) return Context("writing an alert", updated.error());
  return {};
}

void AddEvents(const Alert& alert, std::vector<Value>& values) {
  for (const auto& event : alert.new_events) {
    values.insert(values.end(), {alert.id, event.kind, event.event_time,
                                 CleanUtf8(event.detail, kLongestDetail)});
  }
}

Severity SeverityFrom(std::string_view text) {
  for (const auto severity : {Severity::kInfo, Severity::kWarning}) {
    if (text == ToString(severity)) return severity;
  }
  return Severity::kCritical;
}

}  // namespace

Result<std::vector<bool>> SaveAlerts(mysql::Connection& connection,
                                     std::span<Alert* const> alerts) {
  std::vector<bool> saved;
  std::vector<std::int64_t> fresh;
  std::vector<Value> events;
  for (Alert* alert : alerts) {
    bool changed = true;
    if (alert->id == 0) {
      auto inserted = Insert(connection, *alert);
      if (!inserted) return std::unexpected(inserted.error());
      changed = *inserted;
      if (changed) fresh.push_back(alert->id);
    } else if (auto updated = Update(connection, *alert); !updated) {
      return std::unexpected(updated.error());
    }
    if (changed) AddEvents(*alert, events);
    saved.push_back(changed);
  }
  if (auto added = dispatch::AddTellings(connection, fresh); !added) {
    return std::unexpected(added.error());
  }
  auto inserted = connection.InsertRows(
      "INSERT INTO alert_events (alert_id, kind, event_time, detail)", 4, events);
  if (!inserted) return Context("writing alert events", inserted.error());
  return saved;
}

Alert AlertAt(const mysql::Rows& rows, unsigned first, std::string rule, std::string application) {
  Alert alert;
  alert.id = rows.Int(first);
  alert.rule = std::move(rule);
  alert.application = std::move(application);
  alert.severity = SeverityFrom(rows.Text(first + 1));
  alert.started_at = rows.Int(first + 2);
  alert.fired_at = rows.Int(first + 3);
  if (!rows.IsNull(first + 4)) alert.ended_at = rows.Int(first + 4);
  alert.summary = rows.Text(first + 5);
  if (!rows.IsNull(first + 6)) alert.peak = rows.Double(first + 6);
  ReadEvidence(rows.Text(first + 7), alert);
  alert.judged = rows.Int(first + 8) != 0;
  return alert;
}

Result<std::optional<Alert>> LoadAlert(mysql::Connection& connection, std::int64_t id) {
  auto rows = connection.Query(
      fmt::format("SELECT a.rule, a.application, {} FROM alerts a WHERE a.id = ?", kAlertColumns),
      {id});
  if (!rows) return Context("reading alerts", rows.error());
  if (!rows->Next()) return std::nullopt;
  return AlertAt(*rows, 2, rows->Text(0), rows->Text(1));
}

Result<std::vector<std::string>> LoadLateNotes(mysql::Connection& connection,
                                               std::int64_t alert_id) {
  auto rows = connection.Query(
      "SELECT detail FROM alert_events WHERE alert_id = ? AND kind = 'late_data' ORDER BY id",
      {alert_id});
  if (!rows) return Context("reading alert events", rows.error());
  std::vector<std::string> notes;
  while (rows->Next()) notes.push_back(rows->Text(0));
  return notes;
}

}  // namespace mon::processor
