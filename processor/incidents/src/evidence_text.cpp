#include "processor/evidence_text.h"

#include <nlohmann/json.hpp>

#include "common/text.h"

namespace mon::processor {
namespace {

using anomaly_detector::JoinedValue;
using anomaly_detector::Oddity;
using nlohmann::json;

constexpr std::string_view kCause = "cause";
constexpr std::string_view kSymptom = "symptom";

json ToJson(const JoinedValue& value) {
  return {{"itemid", value.itemid},
          {"host", value.host},
          {"key", value.key},
          {"name", value.name},
          {"units", value.units},
          {"clock", value.clock},
          {"value", value.value},
          {"offset_seconds", value.offset_seconds},
          {"within_window", value.within_window}};
}

JoinedValue JoinedFromJson(const json& j) {
  return {j.value("itemid", std::uint64_t{0}),
          j.value("host", ""),
          j.value("key", ""),
          j.value("name", ""),
          j.value("units", ""),
          j.value("clock", std::int64_t{0}),
          j.value("value", ""),
          j.value("offset_seconds", std::int64_t{0}),
          j.value("within_window", false)};
}

json ToJson(const Oddity& oddity) {
  json j = {{"series", oddity.series},    {"seen", oddity.seen},   {"low", oddity.low},
            {"high", oddity.high},        {"since", oddity.since}, {"strength", oddity.strength},
            {"sentence", oddity.sentence}};
  for (const auto& part : oddity.parts) {
    j["parts"].push_back({{"key", part.key},
                          {"share", part.share},
                          {"low", part.low},
                          {"high", part.high},
                          {"seen", part.seen}});
  }
  return j;
}

Oddity OddityFromJson(const json& j) {
  Oddity oddity{.series = j.value("series", ""),
                .seen = j.value("seen", 0.0),
                .low = j.value("low", 0.0),
                .high = j.value("high", 0.0),
                .since = j.value("since", std::int64_t{0}),
                .strength = j.value("strength", 0.0),
                .sentence = j.value("sentence", "")};
  for (const auto& part : j.value("parts", json::array())) {
    oddity.parts.push_back({.key = part.value("key", ""),
                            .share = part.value("share", 0.0),
                            .low = part.value("low", 0.0),
                            .high = part.value("high", 0.0),
                            .seen = part.value("seen", 0.0)});
  }
  return oddity;
}

json ToJson(const MovedItem& item) {
  json j = {{"units", item.units},
            {"sentence", item.sentence},
            {"value", item.value},
            {"clock", item.clock},
            {"usual_low", item.usual_low},
            {"usual_high", item.usual_high},
            {"first_offset_seconds", item.first_offset_seconds},
            {"p_value", item.p_value}};
  if (!item.application.empty()) {
    j.update({{"application", item.application}, {"metric", item.key}});
    return j;
  }
  j.update({{"itemid", item.itemid}, {"host", item.host}, {"key", item.key}, {"name", item.name}});
  if (item.role == ContextRole::kCause) j["role"] = kCause;
  if (item.role == ContextRole::kSymptom) j["role"] = kSymptom;
  return j;
}

MovedItem MovedFromJson(const json& j) {
  MovedItem item;
  item.itemid = j.value("itemid", std::uint64_t{0});
  item.host = j.value("host", "");
  item.key = j.value("key", "");
  item.name = j.value("name", "");
  item.units = j.value("units", "");
  item.sentence = j.value("sentence", "");
  item.value = j.value("value", 0.0);
  item.clock = j.value("clock", std::int64_t{0});
  item.usual_low = j.value("usual_low", 0.0);
  item.usual_high = j.value("usual_high", 0.0);
  item.first_offset_seconds = j.value("first_offset_seconds", std::int64_t{0});
  item.p_value = j.value("p_value", 1.0);
  const auto role = j.value("role", "");
  if (role == kCause) item.role = ContextRole::kCause;
  if (role == kSymptom) item.role = ContextRole::kSymptom;
  item.application = j.value("application", "");
  if (!item.application.empty()) item.key = item.name = j.value("metric", "");
  return item;
}

}  // namespace

std::string EvidenceText(const Alert& alert) {
  json joined = json::array();
  for (const auto& value : alert.joined) joined.push_back(ToJson(value));
  json moved = json::array();
  for (const auto& item : alert.moves.items) moved.push_back(ToJson(item));
  json evidence = {
      {"condition", alert.condition},
      {"metric", alert.deciding.metric},
      {"comparison", alert.deciding.op},
      {"value", ReadableValue(alert.deciding).value_or(alert.deciding.value)},
      {"limit", alert.deciding.limit},
      {"host", alert.deciding.host},
      {"hosts", alert.hosts},
      {"labels", alert.labels},
      {"description", alert.description},
      {"owner", alert.owner},
      {"runbook", alert.runbook},
      {"sample",
       {{"id", alert.fired_sample.id},
        {"timestamp", alert.fired_sample.timestamp},
        {"response_time_ms", alert.fired_sample.response_time_ms},
        {"error_rate", ReadableErrorRate(alert.fired_sample)}}},
      {"joined", joined},
      {"moved", moved},
      {"compared", alert.moves.compared},
      {"called", alert.moves.called},
  };
  if (alert.deciding.oddity) evidence["odd"] = ToJson(*alert.deciding.oddity);
  return evidence.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string LabelsText(const Alert& alert) {
  if (alert.labels.empty()) return {};
  return json(alert.labels).dump(-1, ' ', false, json::error_handler_t::replace);
}

void ReadEvidence(std::string_view text, Alert& alert) {
  const auto evidence = json::parse(text, nullptr, false);
  if (!evidence.is_object()) return;
  try {
    alert.condition = evidence.value("condition", "");
    alert.deciding.metric = evidence.value("metric", "");
    alert.deciding.op = evidence.value("comparison", "");
    alert.deciding.value = evidence.value("value", 0.0);
    alert.deciding.limit = evidence.value("limit", 0.0);
    alert.deciding.host = evidence.value("host", "");
    if (const auto odd = evidence.find("odd"); odd != evidence.end()) {
      alert.deciding.oddity = OddityFromJson(*odd);
    }
    alert.hosts = evidence.value("hosts", std::vector<std::string>{});
    alert.labels = evidence.value("labels", std::map<std::string, std::string>{});
    alert.description = evidence.value("description", "");
    alert.owner = evidence.value("owner", "");
    alert.runbook = evidence.value("runbook", "");
    if (const auto sample = evidence.find("sample"); sample != evidence.end()) {
      alert.fired_sample.id = sample->value("id", std::int64_t{0});
      alert.fired_sample.timestamp = sample->value("timestamp", std::int64_t{0});
      alert.fired_sample.response_time_ms = sample->value("response_time_ms", std::int64_t{0});
      alert.fired_sample.error_rate = sample->value("error_rate", 0.0F);
    }
    if (const auto joined = evidence.find("joined"); joined != evidence.end()) {
      alert.joined.clear();
      for (const auto& value : *joined) alert.joined.push_back(JoinedFromJson(value));
    }
    alert.moves.compared = evidence.value("compared", std::size_t{0});
    alert.moves.called = evidence.value("called", std::size_t{0});
    if (const auto moved = evidence.find("moved"); moved != evidence.end()) {
      alert.moves.items.clear();
      for (const auto& item : *moved) alert.moves.items.push_back(MovedFromJson(item));
    }
  } catch (const json::exception&) {
    // A member of another type, written by hand: what was read before it stands.
  }
}

}  // namespace mon::processor
