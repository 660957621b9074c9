#include "alert_labels.h"

#include <nlohmann/json.hpp>

#include "common/text.h"

namespace mon::dispatch {

Labels LabelsOf(const std::string& rule, const std::string& application,
                const std::string& severity, const std::string& hosts,
                const std::string& rule_labels) {
  Labels labels = {{"rule", rule}, {"application", application}, {"severity", severity}};
  for (auto& host : SplitList(hosts)) labels.emplace("host", std::move(host));
  if (rule_labels.empty()) return labels;
  const auto json = nlohmann::json::parse(rule_labels, nullptr, false);
  if (!json.is_object()) return labels;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) labels.emplace(name, value.get<std::string>());
  }
  return labels;
}

}  // namespace mon::dispatch
