#include "alerts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "actor.h"
#include "alerting_system/time_zone.h"
#include "anomaly_detector/rule_state.h"
#include "common/clock.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/alert_store.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "mysql/transact.h"

namespace mon::alerting_system {
namespace {

using dispatch::AlertRow;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostTextBytes = 60;  // of a cell; --format json has it whole

std::string Short(const std::string& text) {
  if (text.size() <= kMostTextBytes) return text;
  return CleanUtf8(text, kMostTextBytes - 3) + "...";
}

std::int64_t Now() { return EpochSeconds(SystemClock().Now()); }

/// "firing", "acknowledged by anna".
std::string StateOf(const AlertRow& alert) {
  if (alert.state != "resolved" && !alert.acknowledged_by.empty()) {
    return "acknowledged by " + alert.acknowledged_by;
  }
  return alert.state;
}

std::string HeldBy(const AlertRow& alert, const TimeZone& zone) {
  if (alert.held_by.empty() || !alert.held_until) return alert.held_by;
  return fmt::format("{} until {}", alert.held_by, zone.FormatTime(*alert.held_until));
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json JsonOf(const AlertRow& alert) {
  Json labels = Json::object();
  for (const auto& [name, value] : alert.labels) {
    if (!labels.contains(name)) {
      labels[name] = value;
    } else {
      if (!labels[name].is_array()) labels[name] = Json::array({labels[name]});
      labels[name].push_back(value);
    }
  }
  return {{"id", alert.id},
          {"state", alert.state},
          {"severity", alert.severity},
          {"priority", OrNull(alert.priority)},
          {"application", alert.application},
          {"rule", alert.rule},
          {"summary", alert.summary},
          {"started_at", alert.started_at},
          {"ended_at", OrNull(alert.ended_at)},
          {"value", OrNull(alert.value)},
          {"limit", OrNull(alert.limit)},
          {"peak", OrNull(alert.peak)},
          {"held_by", alert.held_by.empty() ? Json() : Json(alert.held_by)},
          {"held_until", OrNull(alert.held_until)},
          {"acknowledged_by", alert.acknowledged_by.empty() ? Json() : Json(alert.acknowledged_by)},
          {"acknowledged_at", OrNull(alert.acknowledged_at)},
          {"labels", labels}};
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Rules whose condition is true, and not yet for as long as `for` asks.
Result<std::vector<AlertRow>> Pending(mysql::Connection& connection) {
  auto rows = connection.Query(
      "SELECT rule, application, state FROM rule_states"
      " WHERE alert_id IS NULL ORDER BY rule, application");
  if (!rows) return Context("reading rule states", rows.error());
  std::vector<AlertRow> pending;
  while (rows->Next()) {
    const auto state = anomaly_detector::FromText(rows->Text(2));
    if (!state || state->phase != anomaly_detector::Phase::kPending) continue;
    AlertRow alert;
    alert.state = "pending";
    alert.rule = rows->Text(0);
    alert.application = rows->Text(1);
    alert.started_at = state->started_at;
    alert.labels = {{"rule", alert.rule}, {"application", alert.application}};
    pending.push_back(std::move(alert));
  }
  return pending;
}

std::string TableOf(const std::vector<AlertRow>& alerts, const TimeZone& zone) {
  Table table({{"ID", Table::Align::kRight},
               {"STATE"},
               {"SEVERITY"},
               {"APPLICATION"},
               {"RULE"},
               {"SINCE"},
               {"SUMMARY"},
               {"HELD BACK BY"}});
  for (const auto& alert : alerts) {
    table.AddRow({alert.id == 0 ? "" : std::to_string(alert.id), StateOf(alert), alert.severity,
                  alert.application, alert.rule, zone.Format(alert.started_at),
                  Short(alert.summary), HeldBy(alert, zone)});
  }
  return table.Text(StdoutIsTerminal());
}

void Print(const std::vector<AlertRow>& alerts, const TimeZone& zone, bool json) {
  if (json) {
    std::string text = "[";
    for (const auto& alert : alerts) {
      text += (text.size() == 1 ? "\n" : ",\n") + Dump(JsonOf(alert));
    }
    fmt::print("{}", text + (alerts.empty() ? "]\n" : "\n]\n"));
  } else if (alerts.empty()) {
    fmt::print("no alerts\n");
  } else {
    fmt::print("{}", TableOf(alerts, zone));
  }
}

/// Everything about one alert.
struct Whole {
  AlertRow alert;
  std::vector<dispatch::AlertEventRow> events;
  std::vector<dispatch::AlertMailRow> mails;
  std::vector<dispatch::AuditRow> audit;
  std::string evidence;
};

Result<Whole> LoadWhole(mysql::Connection& connection, std::int64_t id) {
  dispatch::AlertFilter filter;
  filter.ids = {id};
  auto alerts = dispatch::ListAlerts(connection, filter);
  if (!alerts) return std::unexpected(alerts.error());
  if (alerts->empty())
    return Fail(ErrorCode::kInvalidData, fmt::format("there is no alert {}", id));
  Whole whole;
  whole.alert = std::move(alerts->front());
  auto events = dispatch::LoadEvents(connection, id);
  if (!events) return std::unexpected(events.error());
  whole.events = *std::move(events);
  auto mails = dispatch::LoadMails(connection, id);
  if (!mails) return std::unexpected(mails.error());
  whole.mails = *std::move(mails);
  auto audit = dispatch::LoadAudit(connection, 0, fmt::format("alert {}", id));
  if (!audit) return std::unexpected(audit.error());
  whole.audit = *std::move(audit);
  auto evidence = dispatch::LoadEvidence(connection, id);
  if (!evidence) return std::unexpected(evidence.error());
  whole.evidence = *std::move(evidence);
  return whole;
}

void PrintJson(const Whole& whole) {
  Json json = JsonOf(whole.alert);
  json["events"] = Json::array();
  for (const auto& event : whole.events) {
    json["events"].push_back(
        {{"at", event.created_at}, {"kind", event.kind}, {"detail", event.detail}});
  }
  json["mails"] = Json::array();
  for (const auto& mail : whole.mails) {
    json["mails"].push_back({{"id", mail.notification_id},
                             {"queued_at", mail.queued_at},
                             {"kind", mail.kind},
                             {"recipient", mail.recipient},
                             {"status", mail.status},
                             {"attempts", mail.attempts},
                             {"subject", mail.subject},
                             {"last_error", mail.last_error}});
  }
  json["audit"] = Json::array();
  for (const auto& row : whole.audit) {
    json["audit"].push_back({{"at", row.happened_at},
                             {"who", row.who},
                             {"action", row.action},
                             {"reason", row.reason}});
  }
  auto evidence = Json::parse(whole.evidence, nullptr, false);
  json["evidence"] = evidence.is_discarded() ? Json() : std::move(evidence);
  fmt::print("{}\n", Dump(json));
}

void PrintText(const Whole& whole, const TimeZone& zone) {
  const auto& alert = whole.alert;
  fmt::print("Alert {}: {}\n\n", alert.id, EscapeControls(alert.summary));
  Table facts({{"STATE"}, {EscapeControls(StateOf(alert))}});
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) facts.AddRow({label, value});
  };
  add("severity", alert.severity);
  if (alert.priority) {
    add("priority", fmt::format("{} ({})", *alert.priority, alert.priority_parts));
  }
  add("application", alert.application);
  add("rule", alert.rule);
  add("since", zone.Format(alert.started_at));
  if (alert.ended_at) add("ended", zone.Format(*alert.ended_at));
  if (alert.value) add("value", ShortestText(*alert.value));
  if (alert.limit) add("limit", ShortestText(*alert.limit));
  if (alert.peak) add("peak", ShortestText(*alert.peak));
  add("held back by", HeldBy(alert, zone));
  for (const auto& [name, value] : alert.labels) {
    if (name != "rule" && name != "application" && name != "severity") add(name.c_str(), value);
  }
  fmt::print("{}", facts.Text(StdoutIsTerminal()));
  if (!whole.events.empty()) {
    Table events({{"WHEN"}, {"EVENT"}, {"DETAIL"}});
    for (const auto& event : whole.events) {
      events.AddRow({zone.Format(event.created_at), event.kind, Short(event.detail)});
    }
    fmt::print("\n{}", events.Text(StdoutIsTerminal()));
  }
  if (!whole.mails.empty()) {
    Table mails({{"MAIL", Table::Align::kRight},
                 {"QUEUED"},
                 {"KIND"},
                 {"TO"},
                 {"STATUS"},
                 {"SUBJECT"},
                 {"LAST ERROR"}});
    for (const auto& mail : whole.mails) {
      mails.AddRow({std::to_string(mail.notification_id), zone.Format(mail.queued_at), mail.kind,
                    mail.recipient, mail.status, Short(mail.subject), Short(mail.last_error)});
    }
    fmt::print("\n{}", mails.Text(StdoutIsTerminal()));
  }
}

}  // namespace

Result<ExitCode> List(const Config& config, const ListRequest& request) {
  auto matchers = dispatch::ParseMatchers(request.match);
  if (!matchers) return Fail(ErrorCode::kUsage, "--match " + matchers.error().message);
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  dispatch::AlertFilter filter;
  filter.states = {request.states.begin(), request.states.end()};
  filter.match = *std::move(matchers);
  filter.ended_since = Now() - *ParseDuration(request.since) / std::chrono::seconds(1);
  std::vector<AlertRow> alerts;
  if (filter.states != std::set<std::string>{"pending"}) {
    auto listed = dispatch::ListAlerts(*connection, filter);
    if (!listed) return std::unexpected(listed.error());
    alerts = *std::move(listed);
  }
  if (filter.states.empty() || filter.states.contains("pending")) {
    auto pending = Pending(*connection);
    if (!pending) return std::unexpected(pending.error());
    for (auto& alert : *pending) {
      if (dispatch::Matches(filter.match, alert.labels)) alerts.push_back(std::move(alert));
    }
  }
  Print(alerts, *zone, request.json);
  return ExitCode::kOk;
}

Result<ExitCode> Show(const Config& config, const ShowRequest& request) {
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto whole = LoadWhole(*connection, request.id);
  if (!whole) return std::unexpected(whole.error());
  request.json ? PrintJson(*whole) : PrintText(*whole, *zone);
  return ExitCode::kOk;
}

Result<ExitCode> Ack(const Config& config, const AckRequest& request) {
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto actor = ActorOf(request.by, request.comment);
  auto done = mysql::Transact(*connection, [&] {
    return dispatch::Acknowledge(*connection, request.ids, request.acknowledge, actor);
  });
  if (!done) return std::unexpected(done.error());
  for (const auto id : request.ids) {
    fmt::print("alert {}: {}\n", id,
               request.acknowledge ? "acknowledged; no more reminders, its end is still told"
                                   : "given back");
  }
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
