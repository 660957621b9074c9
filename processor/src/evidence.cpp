#include "evidence.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text.h"
#include "correlator/join.h"

namespace mon::processor {
namespace {

using anomaly_detector::JoinedValue;
using nlohmann::json;

JoinedValue Joined(const RelatedItem& item, const ItemPoint& point, std::int64_t timestamp,
                   bool within_window) {
  return {item.itemid,  item.host,   item.key,   item.name,
          item.units,   point.clock, point.text, point.clock - timestamp,
          within_window};
}

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

}  // namespace

Result<std::vector<JoinedValue>> CollectEvidence(ItemSource& items, const std::string& application,
                                                 std::int64_t timestamp,
                                                 std::chrono::seconds window) {
  auto related = items.Related(application);
  if (!related) return std::unexpected(related.error());
  std::vector<const RelatedItem*> all;
  for (const auto& item : *related) all.push_back(&item);
  auto series = items.Series(all, timestamp - window.count(), timestamp + window.count());
  if (!series) return std::unexpected(series.error());

  std::vector<JoinedValue> joined;
  std::vector<const RelatedItem*> unmatched;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::int64_t> clocks;
    for (const auto& point : (*series)[i]) clocks.push_back(point.clock);
    std::size_t nearest = correlator::kNoMatch;
    correlator::JoinNearest({&timestamp, 1}, clocks, window, {&nearest, 1});
    if (nearest != correlator::kNoMatch) {
      joined.push_back(Joined(*all[i], (*series)[i][nearest], timestamp, true));
    } else if (!all[i]->vanished) {
      unmatched.push_back(all[i]);
    }
  }
  const auto room = kMostEvidence - std::min(joined.size(), kMostEvidence);
  if (unmatched.size() > room) unmatched.resize(room);
  auto last = items.LastBefore(unmatched, timestamp - window.count());
  if (!last) return std::unexpected(last.error());
  for (std::size_t i = 0; i < unmatched.size(); ++i) {
    if ((*last)[i]) joined.push_back(Joined(*unmatched[i], *(*last)[i], timestamp, false));
  }
  if (joined.size() > kMostEvidence) joined.resize(kMostEvidence);
  return joined;
}

bool TellsAsMuch(std::span<const JoinedValue> joined, std::span<const JoinedValue> than) {
  const auto in_window = [](std::span<const JoinedValue> values) {
    return std::ranges::count(values, true, &JoinedValue::within_window);
  };
  const auto more = in_window(joined) - in_window(than);
  return more > 0 || (more == 0 && joined.size() >= than.size());
}

std::string EvidenceText(const Alert& alert) {
  json joined = json::array();
  for (const auto& value : alert.joined) joined.push_back(ToJson(value));
  const json evidence = {
      {"condition", alert.condition},
      {"metric", alert.deciding.metric},
      {"comparison", alert.deciding.op},
      {"value", ReadableValue(alert.deciding).value_or(alert.deciding.value)},
      {"limit", alert.deciding.limit},
      {"host", alert.deciding.host},
      {"hosts", alert.hosts},
      {"sample",
       {{"id", alert.fired_sample.id},
        {"timestamp", alert.fired_sample.timestamp},
        {"response_time_ms", alert.fired_sample.response_time_ms},
        {"error_rate", ParseDouble(ShortestText(alert.fired_sample.error_rate)).value_or(0)}}},
      {"joined", joined},
  };
  return evidence.dump(-1, ' ', false, json::error_handler_t::replace);
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
    alert.hosts = evidence.value("hosts", std::vector<std::string>{});
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
  } catch (const json::exception&) {
    // A member of another type, written by hand: what was read before it stands.
  }
}

}  // namespace mon::processor
