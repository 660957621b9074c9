#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mon::test {

/// The dashboard as it is shipped.
inline nlohmann::json LoadDashboard() {
  return nlohmann::json::parse(std::ifstream(MON_DASHBOARD_DIR "/zabbix_dashboard.json"));
}

/// A query of the dashboard, wherever it stands in it.
struct DashboardQuery {
  std::string where;   ///< for messages: `panel "Error rate" A`
  std::string sql;     ///< with variables and macros
  std::string format;  ///< time_series or table
  nlohmann::json panel;
};

inline std::vector<DashboardQuery> PanelQueries(const nlohmann::json& dashboard) {
  std::vector<DashboardQuery> queries;
  for (const auto& panel : dashboard["panels"]) {
    for (const auto& target : panel.value("targets", nlohmann::json::array())) {
      queries.push_back({"panel \"" + panel["title"].get<std::string>() + "\" " +
                             target["refId"].get<std::string>(),
                         target["rawSql"], target["format"], panel});
    }
  }
  return queries;
}

}  // namespace mon::test
