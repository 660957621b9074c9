#include "mysql_alerts.h"

#include <fmt/format.h>

#include "common/log.h"
#include "mysql/placeholders.h"
#include "processor/alert_table.h"

namespace mon::processor {
namespace {

using anomaly_detector::Phase;
using anomaly_detector::RuleState;
using mysql::Value;

/// A state that cannot be read is begun anew where it stood, so that one bad row does not stop
/// every pass.
RuleState StateFrom(const std::string& text, std::int64_t newest, const StoredState& row) {
  auto state = anomaly_detector::FromText(text);
  if (state) return *state;
  log::Warning(
      "a rule's state cannot be read and begins anew",
      {{"rule", row.rule}, {"application", row.application}, {"reason", state.error().message}});
  RuleState fresh;
  fresh.newest = newest;
  if (row.open) {
    fresh.phase = Phase::kFiring;
    fresh.started_at = row.open->started_at;
    fresh.fired_at = row.open->fired_at;
  }
  return fresh;
}

}  // namespace

Result<std::vector<StoredState>> MysqlAlerts::LoadStates(
    std::span<const std::string> applications) {
  std::vector<StoredState> states;
  if (applications.empty()) return states;
  std::vector<Value> params(applications.begin(), applications.end());
  auto rows = connection_->Query(
      fmt::format("SELECT s.rule, s.application, s.state, s.newest_sample, {} FROM rule_states s"
                  " LEFT JOIN alerts a ON a.id = s.alert_id WHERE s.application IN ({})",
                  kAlertColumns, mysql::Placeholders(applications.size())),
      params);
  if (!rows) return Context("reading rule states", rows.error());
  while (rows->Next()) {
    StoredState row{rows->Text(0), rows->Text(1), {}, nullptr};
    if (!rows->IsNull(4)) {
      row.open = std::make_unique<Alert>(AlertAt(*rows, 4, row.rule, row.application));
    }
    row.state = StateFrom(rows->Text(2), rows->Int(3), row);
    states.push_back(std::move(row));
  }
  return states;
}

Result<std::vector<Alert>> MysqlAlerts::LoadOverlapping(const Alert& candidate) {
  std::vector<Value> params{candidate.rule, candidate.application, candidate.started_at};
  std::string sql = fmt::format(
      "SELECT {} FROM alerts a WHERE a.rule = ? AND a.application = ?"
      " AND (a.ended_at IS NULL OR a.ended_at > ?)",
      kAlertColumns);
  if (candidate.ended_at) {
    sql += " AND a.started_at < ?";
    params.emplace_back(*candidate.ended_at);
  }
  auto rows = connection_->Query(sql + " ORDER BY a.started_at", params);
  if (!rows) return Context("reading alerts", rows.error());
  std::vector<Alert> alerts;
  while (rows->Next()) {
    alerts.push_back(AlertAt(*rows, 0, candidate.rule, candidate.application));
  }
  return alerts;
}

Result<std::vector<Alert>> MysqlAlerts::LoadAround(std::span<const std::string> applications,
                                                   std::int64_t from, std::int64_t to) {
  constexpr std::int64_t kLookBack = 30 * 86'400;  // s
  if (applications.empty()) return std::vector<Alert>();
  std::vector<Value> params(applications.begin(), applications.end());
  params.insert(params.end(), {to - kLookBack, to, from});
  auto rows = connection_->Query(
      fmt::format("SELECT a.rule, a.application, {} FROM alerts a WHERE a.application IN ({})"
                  " AND a.started_at BETWEEN ? AND ? AND (a.ended_at IS NULL OR a.ended_at > ?)"
                  " ORDER BY a.started_at",
                  kAlertColumns, mysql::Placeholders(applications.size())),
      params);
  if (!rows) return Context("reading alerts", rows.error());
  std::vector<Alert> alerts;
  while (rows->Next()) alerts.push_back(AlertAt(*rows, 2, rows->Text(0), rows->Text(1)));
  return alerts;
}

Result<std::vector<Alert>> MysqlAlerts::LoadTold() {
  auto rows = connection_->Query(
      fmt::format("SELECT a.rule, a.application, {} FROM alerts a WHERE a.judged = 0"
                  " AND {} ORDER BY a.started_at",
                  kAlertColumns, InParts(parts_, "a.application")));
  if (!rows) return Context("reading alerts", rows.error());
  std::vector<Alert> alerts;
  while (rows->Next()) alerts.push_back(AlertAt(*rows, 2, rows->Text(0), rows->Text(1)));
  return alerts;
}

Result<Alert> MysqlAlerts::Load(std::int64_t id) {
  auto alert = LoadAlert(*connection_, id);
  if (!alert) return std::unexpected(alert.error());
  if (!*alert) return Fail(ErrorCode::kNotFound, fmt::format("alert {} is gone", id));
  return **std::move(alert);
}

Result<std::vector<bool>> MysqlAlerts::MayBeSaved(std::span<Alert* const> alerts) {
  std::vector<bool> may;
  for (const Alert* alert : alerts) {
    may.push_back(true);
    if (alert->id != 0) continue;
    auto rows = connection_->Query(
        "SELECT 1 FROM alerts WHERE rule = ? AND application = ? AND started_at = ?",
        {alert->rule, alert->application, alert->started_at});
    if (!rows) return Context("reading alerts", rows.error());
    may.back() = rows->Count() == 0;
  }
  return may;
}

Result<void> MysqlAlerts::Save(const std::map<AlertBook::Key, TrackedState>& states) {
  std::vector<Value> values;
  for (const auto& [key, tracked] : states) {
    if (!tracked.changed) continue;
    values.insert(values.end(), {key.first, key.second, anomaly_detector::ToText(tracked.state),
                                 tracked.state.newest.value_or(0),
                                 tracked.open ? Value(tracked.open->id) : Value()});
  }
  auto saved = connection_->InsertRows(
      "INSERT INTO rule_states (rule, application, state, newest_sample, alert_id)", 5, values,
      "ON DUPLICATE KEY UPDATE state = VALUES(state), newest_sample = VALUES(newest_sample),"
      " alert_id = VALUES(alert_id)",
      mysql::NewIds::kNone);
  if (!saved) return Context("writing a rule's state", saved.error());
  return {};
}

Result<std::vector<std::string>> MysqlAlerts::LateNotes(std::int64_t alert_id) {
  return LoadLateNotes(*connection_, alert_id);
}

}  // namespace mon::processor
