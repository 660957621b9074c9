#include <nlohmann/json.hpp>

#include "common/text.h"
#include "zabbix_connector/check.h"

namespace mon::zabbix_connector {

std::string ToText(const CheckReport& report) {
  std::string text;
  for (const std::string& good : report.good) text += "ok       " + EscapeControls(good) + "\n";
  for (const Finding& finding : report.findings)
    text += "PROBLEM  " + EscapeControls(finding.problem) +
            "\n         To mend it: " + EscapeControls(finding.remedy) + "\n";
  return text;
}

std::string ToJson(const CheckReport& report) {
  nlohmann::ordered_json document = {{"ok", report.findings.empty()},
                                     {"good", report.good},
                                     {"findings", nlohmann::ordered_json::array()}};
  for (const Finding& finding : report.findings)
    document["findings"].push_back({{"problem", finding.problem}, {"remedy", finding.remedy}});
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace mon::zabbix_connector
