#include "processor/alert_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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
      alert.deciding.metric.empty() ? Value() : Value(alert.deciding.limit),
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
  alert.id = static_cast<std::int64_t>(connection.LastInsertId());
  return *inserted == 1;
}

Result<void> SaveEvents(mysql::Connection& connection, const Alert& alert) {
  if (alert.new_events.empty()) return {};
  std::vector<Value> values;
  for (const auto& event : alert.new_events) {
    values.insert(values.end(), {alert.id, event.kind, event.event_time,
                                 CleanUtf8(event.detail, kLongestDetail)});
  }
  auto inserted = connection.InsertRows(
      "INSERT INTO alert_events (alert_id, kind, event_time, detail)", 4, values);
  if (!inserted) return Context("writing alert events", inserted.error());
  return {};
}

}  // namespace

Result<bool> SaveAlert(mysql::Connection& connection, Alert& alert) {
  if (alert.id == 0) {
    auto inserted = Insert(connection, alert);
    if (!inserted || !*inserted) return inserted;
    if (auto added = dispatch::AddTelling(connection, alert.id); !added) {
      return std::unexpected(added.error());
    }
  } else {
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
  }
  if (auto saved = SaveEvents(connection, alert); !saved) return std::unexpected(saved.error());
  return true;
}

}  // namespace mon::processor
