#include "alerting_system/payload.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "hash.h"

namespace mon::alerting_system {
namespace {

using Json = nlohmann::ordered_json;
using Pairs = std::map<std::string, std::string>;

std::string Rfc3339(std::int64_t epoch_seconds) {
  // What Go, and so Alertmanager, writes where there is no time.
  if (epoch_seconds == 0) return "0001-01-01T00:00:00Z";
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(epoch_seconds)));
}

/// One value for each name, and `alertname`.
Pairs Flat(const std::multimap<std::string, std::string>& labels) {
  Pairs flat;
  for (const auto& [name, value] : labels) {
    std::string& text = flat[name];
    text += (text.empty() ? "" : ",") + value;
  }
  if (const auto rule = flat.find("rule"); rule != flat.end()) {
    flat.emplace("alertname", rule->second);
  }
  return flat;
}

/// As Prometheus makes it: FNV-1a over names and values in their order, each ended by a byte that
/// no UTF-8 text has.
std::string Fingerprint(const Pairs& labels) {
  std::string all;
  for (const auto& [name, value] : labels) all += name + '\xff' + value + '\xff';
  return fmt::format("{:016x}", Hash(all));
}

void KeepCommon(Pairs& common, const Pairs& others) {
  std::erase_if(common, [&](const auto& pair) {
    const auto other = others.find(pair.first);
    return other == others.end() || other->second != pair.second;
  });
}

std::string_view StatusOf(bool firing) { return firing ? "firing" : "resolved"; }

Json ToJson(const PayloadAlert& alert, const Pairs& labels) {
  return {
      {"status", StatusOf(alert.firing)},
      {"labels", labels},
      {"annotations", alert.annotations},
      {"startsAt", Rfc3339(alert.starts_at)},
      {"endsAt", Rfc3339(alert.ends_at)},
      {"generatorURL", alert.generator_url},
      {"fingerprint", alert.fingerprint.empty() ? Fingerprint(labels) : alert.fingerprint},
  };
}

}  // namespace

std::string ToJson(const Payload& payload) {
  Json alerts = Json::array();
  Pairs common_labels;
  Pairs common_annotations;
  for (const PayloadAlert& alert : payload.alerts) {
    const Pairs labels = Flat(alert.labels);
    if (alerts.empty()) {
      common_labels = labels;
      common_annotations = alert.annotations;
    } else {
      KeepCommon(common_labels, labels);
      KeepCommon(common_annotations, alert.annotations);
    }
    alerts.push_back(ToJson(alert, labels));
  }
  const Json json = {
      {"status", StatusOf(payload.firing)},
      {"alerts", std::move(alerts)},
      {"groupLabels", Flat(payload.group_labels)},
      {"commonLabels", common_labels},
      {"commonAnnotations", common_annotations},
      {"externalURL", payload.external_url},
      {"version", "4"},
      {"groupKey", payload.group_key},
      {"truncatedAlerts", payload.truncated_alerts},
  };
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string IdempotencyKey(std::string_view dedup_key, std::string_view recipient) {
  const std::string one = fmt::format("{}\n{}", dedup_key, recipient);
  const std::string other = fmt::format("{}\n{}", recipient, dedup_key);
  return fmt::format("{:016x}{:016x}", Hash(one), Hash(other));
}

}  // namespace mon::alerting_system
