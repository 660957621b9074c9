#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mon::test {

/// A dashboard variable as it stands when a query is sent.
struct GrafanaVariable {
  std::vector<std::string> values = {};  ///< one, or the chosen ones of a multi-value variable
  bool multi = false;                    ///< multi-value or with "All": its values are quoted
  std::optional<std::string> all =
      {};  ///< "All" is chosen and has a text of its own, put in as it is
};

/// What the dashboard's controls say.
struct GrafanaView {
  std::int64_t from = 0;  ///< epoch seconds
  std::int64_t to = 0;
  std::int64_t interval_seconds = 30;
  std::map<std::string, GrafanaVariable> variables = {};
};

/// The SQL that reaches the server, made as Grafana makes it: the browser replaces variables, then
/// the MySQL plugin its macros. Sources: Grafana's manual, "MySQL query editor" (macros) and
/// "Variable syntax" (formats); the plugin's macros.go for what the manual leaves open.
///
/// Throws std::runtime_error where Grafana would refuse: an unknown macro, a wrong number of
/// arguments, a function that the plugin forbids. An unknown variable is an error here too (Grafana
/// leaves it in the text, and the server refuses that).
std::string ExpandGrafanaQuery(const std::string& sql, const GrafanaView& view);

}  // namespace mon::test
