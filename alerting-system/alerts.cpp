#include "alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "actor.h"
#include "alert_text.h"
#include "alerting_system/time_zone.h"
#include "anomaly_detector/rule_state.h"
#include "change.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/alert_store.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"

namespace mon::alerting_system {
namespace {

using dispatch::AlertRow;
using Alerts = std::vector<AlertRow>;

/// Rules whose condition is true, and not yet for as long as `for` asks.
Result<Alerts> Pending(mysql::Connection& connection, const Config& config) {
  auto rows = connection.Query(
      "SELECT rule, application, state FROM rule_states"
      " WHERE alert_id IS NULL ORDER BY rule, application");
  if (!rows) return Context("reading rule states", rows.error());
  Alerts pending;
  while (rows->Next()) {
    const auto state = anomaly_detector::FromText(rows->Text(2));
    if (!state || state->phase != anomaly_detector::Phase::kPending) continue;
    AlertRow alert;
    alert.state = "pending";
    alert.rule = rows->Text(0);
    alert.application = rows->Text(1);
    alert.started_at = state->started_at;
    alert.labels = {{"rule", alert.rule}, {"application", alert.application}};
    const auto rule = std::ranges::find(config.rules, alert.rule, &RuleConfig::name);
    if (rule != config.rules.end()) {
      alert.severity = ToString(rule->severity);
      alert.labels.emplace("severity", alert.severity);
      alert.labels.insert(rule->labels.begin(), rule->labels.end());
    }
    pending.push_back(std::move(alert));
  }
  return pending;
}

/// A column of the table, left out where all of its cells are empty.
struct Field {
  Table::Column column;
  std::function<std::string(const AlertRow&)> cell;
};

std::string TableOf(const Alerts& alerts, const TimeZone& zone, std::int64_t now) {
  std::vector<Field> fields = {
      {{"ID", Table::Align::kRight},
       [](const AlertRow& alert) { return alert.id == 0 ? "" : std::to_string(alert.id); }},
      {{"STATE"}, StateOf},
      {{"SEVERITY"}, [](const AlertRow& alert) { return alert.severity; }},
      {{"PRIORITY", Table::Align::kRight},
       [](const AlertRow& alert) { return alert.priority ? std::to_string(*alert.priority) : ""; }},
      {{"APPLICATION"}, [](const AlertRow& alert) { return alert.application; }},
      {{"RULE"}, [](const AlertRow& alert) { return alert.rule; }},
      {{"SINCE"}, [&](const AlertRow& alert) { return zone.Format(alert.started_at); }},
      {{"ENDED"},
       [&](const AlertRow& alert) { return alert.ended_at ? zone.Format(*alert.ended_at) : ""; }},
      {{"SUMMARY"}, [](const AlertRow& alert) { return Short(alert.summary); }},
      {{"HELD BACK BY"}, [&](const AlertRow& alert) { return HeldBy(alert, zone, now); }},
  };
  std::erase_if(fields, [&](const Field& field) {
    return std::ranges::all_of(alerts,
                               [&](const AlertRow& alert) { return field.cell(alert).empty(); });
  });
  std::vector<Table::Column> columns;
  for (const auto& field : fields) columns.push_back(field.column);
  Table table(columns);
  for (const auto& alert : alerts) {
    std::vector<std::string> cells;
    for (const auto& field : fields) cells.push_back(field.cell(alert));
    table.AddRow(std::move(cells));
  }
  return table.Text(StdoutIsTerminal());
}

Result<Alerts> Load(mysql::Connection& connection, const Config& config,
                    const dispatch::AlertFilter& filter) {
  Alerts alerts;
  if (filter.states != std::set<std::string>{"pending"}) {
    auto listed = dispatch::ListAlerts(connection, filter);
    if (!listed) return listed;
    alerts = *std::move(listed);
  }
  if (!filter.states.empty() && !filter.states.contains("pending")) return alerts;
  auto pending = Pending(connection, config);
  if (!pending) return pending;
  for (auto& alert : *pending) {
    if (dispatch::Matches(filter.match, alert.labels)) alerts.push_back(std::move(alert));
  }
  return alerts;
}

}  // namespace

Result<ExitCode> List(const Config& config, const ListRequest& request) {
  dispatch::AlertFilter filter;
  filter.states = {request.states.begin(), request.states.end()};
  auto matchers = dispatch::ParseMatchers(request.match);
  if (!matchers) return Fail(ErrorCode::kUsage, "--match: " + matchers.error().message);
  filter.match = *std::move(matchers);
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto now = ServerNow(*connection);
  if (!now) return std::unexpected(now.error());
  filter.ended_since = *now - *ParseDuration(request.since) / std::chrono::seconds(1);
  const auto alerts = Load(*connection, config, filter);
  if (!alerts) return std::unexpected(alerts.error());
  if (request.json) {
    std::vector<Json> lines;
    for (const auto& alert : *alerts) lines.push_back(JsonOf(alert));
    fmt::print("{}", DumpLines(lines));
  } else if (alerts->empty()) {
    fmt::print("no alerts\n");
  } else {
    fmt::print("{}", TableOf(*alerts, *zone, *now));
  }
  return ExitCode::kOk;
}

Result<ExitCode> Ack(const Config& config, const AckRequest& request) {
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const std::set<std::int64_t> ids(request.ids.begin(), request.ids.end());
  const auto actor = ActorOf(request.by, request.comment);
  auto done = Change(*connection, request.dry_run, [&] {
    return dispatch::Acknowledge(*connection, ids, request.acknowledge, actor);
  });
  if (!done) return std::unexpected(done.error());
  for (const auto id : ids) {
    fmt::print("alert {}: {}\n", id,
               request.acknowledge ? "acknowledged; no more reminders, its end is still told"
                                   : "given back; reminders and escalations go on");
  }
  if (request.dry_run) fmt::print("{}", kNothingChanged);
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
