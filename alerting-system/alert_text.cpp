#include "alert_text.h"

#include <fmt/format.h>

namespace mon::alerting_system {

using dispatch::AlertRow;

Json LabelsJson(const dispatch::Labels& labels) {
  Json json = Json::object();
  for (const auto& [name, value] : labels) {
    if (!json.contains(name)) {
      json[name] = value;
    } else {
      if (!json[name].is_array()) json[name] = Json::array({json[name]});
      json[name].push_back(value);
    }
  }
  return json;
}

std::string StateOf(const AlertRow& alert) {
  if (alert.state != "resolved" && !alert.acknowledged_by.empty()) {
    return "acknowledged by " + alert.acknowledged_by;
  }
  return alert.state;
}

std::string HeldBy(const AlertRow& alert, const TimeZone& zone, std::int64_t now) {
  if (alert.held_by.empty() || !alert.held_until) return alert.held_by;
  constexpr std::size_t kDate = 10;
  const auto until = zone.Format(*alert.held_until);
  const bool today = until.substr(0, kDate) == zone.Format(now).substr(0, kDate);
  return fmt::format("{} until {}", alert.held_by,
                     today ? zone.FormatTime(*alert.held_until) : until);
}

Json JsonOf(const AlertRow& alert) {
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
          {"held_by", OrNull(alert.held_by)},
          {"held_until", OrNull(alert.held_until)},
          {"acknowledged_by", OrNull(alert.acknowledged_by)},
          {"acknowledged_at", OrNull(alert.acknowledged_at)},
          {"labels", LabelsJson(alert.labels)}};
}

}  // namespace mon::alerting_system
