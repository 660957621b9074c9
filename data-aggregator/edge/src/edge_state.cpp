#include "edge_state.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/log.h"
#include "data_aggregator/replace_file.h"
#include "processor/evidence_text.h"

namespace mon::data_aggregator {
namespace {

using nlohmann::json;
using processor::Alert;
using Status = Delivery::Status;

constexpr int kVersion = 1;

constexpr std::array<std::pair<Status, std::string_view>, 4> kStatusNames = {
    {{Status::kWaiting, "waiting"},
     {Status::kSent, "sent"},
     {Status::kUncertain, "uncertain"},
     {Status::kRefused, "refused"}}};

json ToJson(const std::optional<std::int64_t>& value) { return value ? json(*value) : json(); }

std::optional<std::int64_t> IntFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<std::int64_t>();
}

json ToJson(const Delivery& delivery) {
  const auto name = std::ranges::find(kStatusNames, delivery.status,
                                      [](const auto& entry) { return entry.first; });
  return {{"status", name->second}, {"reply", delivery.reply}, {"sent_at", delivery.sent_at}};
}

Delivery DeliveryFrom(const json& value) {
  Delivery delivery;
  const auto text = value.at("status").get<std::string>();
  for (const auto& [status, name] : kStatusNames) {
    if (name == text) delivery.status = status;
  }
  delivery.reply = value.at("reply").get<std::string>();
  delivery.sent_at = value.at("sent_at").get<std::int64_t>();
  return delivery;
}

json ToJson(const std::optional<EdgeMail>& mail) {
  if (!mail) return nullptr;
  json to = json::object();
  for (const auto& [recipient, delivery] : mail->to) to[recipient] = ToJson(delivery);
  return {{"subject", mail->mail.subject},     {"body_text", mail->mail.body_text},
          {"body_html", mail->mail.body_html}, {"thread_key", mail->mail.thread_key},
          {"dedup_key", mail->mail.dedup_key}, {"priority", mail->mail.priority},
          {"composed_at", mail->composed_at},  {"to", std::move(to)}};
}

std::optional<EdgeMail> MailFrom(const json& value) {
  if (value.is_null()) return std::nullopt;
  EdgeMail mail;
  mail.mail.subject = value.at("subject").get<std::string>();
  mail.mail.body_text = value.at("body_text").get<std::string>();
  mail.mail.body_html = value.at("body_html").get<std::string>();
  mail.mail.thread_key = value.at("thread_key").get<std::string>();
  mail.mail.dedup_key = value.at("dedup_key").get<std::string>();
  mail.mail.priority = value.at("priority").get<int>();
  mail.composed_at = value.at("composed_at").get<std::int64_t>();
  for (const auto& [recipient, delivery] : value.at("to").items())
    mail.to[recipient] = DeliveryFrom(delivery);
  return mail;
}

json ToJson(const Alert& alert) {
  json events = json::array();
  for (const auto& event : alert.new_events) {
    events.push_back(
        {{"kind", event.kind}, {"event_time", event.event_time}, {"detail", event.detail}});
  }
  return {{"rule", alert.rule},
          {"application", alert.application},
          {"severity", static_cast<int>(alert.severity)},
          {"started_at", alert.started_at},
          {"fired_at", alert.fired_at},
          {"ended_at", ToJson(alert.ended_at)},
          {"summary", alert.summary},
          {"peak", alert.peak ? json(*alert.peak) : json()},
          {"evidence", processor::EvidenceText(alert)},
          {"events", std::move(events)}};
}

std::shared_ptr<Alert> AlertFrom(const json& value) {
  auto alert = std::make_shared<Alert>();
  alert->rule = value.at("rule").get<std::string>();
  alert->application = value.at("application").get<std::string>();
  alert->severity = static_cast<Severity>(std::clamp(value.at("severity").get<int>(), 0, 2));
  alert->started_at = value.at("started_at").get<std::int64_t>();
  alert->fired_at = value.at("fired_at").get<std::int64_t>();
  alert->ended_at = IntFrom(value.at("ended_at"));
  alert->summary = value.at("summary").get<std::string>();
  if (!value.at("peak").is_null()) alert->peak = value.at("peak").get<double>();
  processor::ReadEvidence(value.at("evidence").get<std::string>(), *alert);
  for (const auto& event : value.at("events")) {
    alert->new_events.push_back({event.at("kind").get<std::string>(),
                                 event.at("event_time").get<std::int64_t>(),
                                 event.at("detail").get<std::string>()});
  }
  return alert;
}

EdgeState StateFrom(const json& value) {
  EdgeState state;
  for (const auto& [rule, applications] : value.at("rules").items()) {
    for (const auto& [application, text] : applications.items()) {
      const auto rule_state = anomaly_detector::FromText(text.get<std::string>());
      if (rule_state) state.rules[{rule, application}] = *rule_state;
    }
  }
  for (const auto& incident : value.at("incidents")) {
    state.incidents.push_back({AlertFrom(incident.at("alert")), MailFrom(incident.at("problem")),
                               MailFrom(incident.at("recovery"))});
  }
  state.away_since = IntFrom(value.at("away_since"));
  return state;
}

}  // namespace

bool EdgeMail::AnyMayHaveArrived() const {
  return std::ranges::any_of(to, [](const auto& entry) { return entry.second.MayHaveArrived(); });
}

EdgeState LoadEdgeState(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return {};
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  try {
    const json value = json::parse(text);
    if (value.at("version").get<int>() == kVersion) return StateFrom(value);
  } catch (const json::exception&) {
    // Said below.
  }
  log::Warning(
      "the state of rules that are judged without the database is not understood, and begins anew",
      {{"file", file.string()}});
  return {};
}

Result<void> SaveEdgeState(const std::filesystem::path& file, const EdgeState& state) {
  json rules = json::object();
  for (const auto& [key, rule_state] : state.rules)
    rules[key.first][key.second] = anomaly_detector::ToText(rule_state);
  json incidents = json::array();
  for (const auto& incident : state.incidents) {
    incidents.push_back({{"alert", ToJson(*incident.alert)},
                         {"problem", ToJson(incident.problem)},
                         {"recovery", ToJson(incident.recovery)}});
  }
  const json value = {{"version", kVersion},
                      {"rules", std::move(rules)},
                      {"incidents", std::move(incidents)},
                      {"away_since", ToJson(state.away_since)}};
  // Names and replies may hold anything.
  const auto text = value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return ReplaceFile(file, text, !state.incidents.empty());
}

}  // namespace mon::data_aggregator
