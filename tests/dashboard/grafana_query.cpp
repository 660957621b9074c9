#include "dashboard/grafana_query.h"

#include <fmt/format.h>

#include <functional>
#include <regex>
#include <stdexcept>

namespace mon::test {
namespace {

using Replacement = std::function<std::string(const std::smatch&)>;

std::string ReplaceEach(const std::string& text, const std::regex& pattern,
                        const Replacement& replacement) {
  std::string result;
  auto rest = text.cbegin();
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    result.append(rest, (*match)[0].first);
    result += replacement(*match);
    rest = (*match)[0].second;
  }
  return result.append(rest, text.cend());
}

std::string DoubleQuotes(const std::string& value) {
  return std::regex_replace(value, std::regex("'"), "''");
}

std::string Format(const GrafanaVariable& variable, const std::string& format) {
  if (variable.all) return *variable.all;
  if (!format.empty() && format != "sqlstring") {
    throw std::runtime_error("variable format that this test does not know: " + format);
  }
  if (!variable.multi && format.empty()) return DoubleQuotes(variable.values.at(0));
  std::string list;
  for (const auto& value : variable.values) {
    list += fmt::format("{}'{}'", list.empty() ? "" : ",", DoubleQuotes(value));
  }
  return list;
}

std::string ExpandVariables(const std::string& sql, const GrafanaView& view) {
  static const std::regex pattern(R"(\$(\w+)|\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\])");
  return ReplaceEach(sql, pattern, [&](const std::smatch& match) {
    const std::string name = match[1].str() + match[2].str() + match[4].str();
    if (name.starts_with("__")) return match[0].str();  // a macro, the plugin's business
    const auto found = view.variables.find(name);
    if (found == view.variables.end()) throw std::runtime_error("unknown variable $" + name);
    return Format(found->second, match[3].str() + match[5].str());
  });
}

std::string ExpandPlainMacros(std::string sql, const GrafanaView& view) {
  const std::vector<std::pair<std::string, std::string>> macros = {
      {"\\$__interval_ms", fmt::format("{}", view.interval_seconds * 1000)},
      {"\\$__interval", fmt::format("{}s", view.interval_seconds)},
      {"\\$__unixEpochFrom\\(\\)", fmt::format("{}", view.from)},
      {"\\$__unixEpochTo\\(\\)", fmt::format("{}", view.to)}};
  for (const auto& [macro, text] : macros) sql = std::regex_replace(sql, std::regex(macro), text);
  return sql;
}

void RefuseForbiddenFunctions(const std::string& sql) {
  static const std::regex forbidden(
      R"(show\s+grants|[\s,](session_user\(|current_user([\s,;(]|$)|system_user\(|user\())",
      std::regex::icase);
  if (std::regex_search(sql, forbidden)) throw std::runtime_error("function that Grafana forbids");
}

std::vector<std::string> Arguments(const std::string& text) {
  static const std::regex comma(" *, *");
  const std::string trimmed = std::regex_replace(text, std::regex("^ +| +$"), "");
  return {std::sregex_token_iterator(trimmed.begin(), trimmed.end(), comma, -1), {}};
}

std::int64_t Seconds(const std::string& interval) {
  static const std::regex pattern("['\"]?(\\d+)([smhd])['\"]?");
  std::smatch match;
  if (!std::regex_match(interval, match, pattern)) {
    throw std::runtime_error("error parsing interval " + interval);
  }
  static const std::map<std::string, std::int64_t> units = {
      {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  return std::stoll(match[1].str()) * units.at(match[2].str());
}

using Macro = std::function<std::string(const std::vector<std::string>&, const GrafanaView&)>;

std::string TimeFilter(const std::vector<std::string>& arguments, const GrafanaView& view) {
  return fmt::format("{} BETWEEN FROM_UNIXTIME({}) AND FROM_UNIXTIME({})", arguments.at(0),
                     view.from, view.to);
}

std::string EpochFilter(const std::vector<std::string>& arguments, const GrafanaView& view) {
  return fmt::format("{0} >= {1} AND {0} <= {2}", arguments.at(0), view.from, view.to);
}

std::string TimeGroup(const std::vector<std::string>& arguments, const GrafanaView& /*view*/) {
  return fmt::format("UNIX_TIMESTAMP({0}) DIV {1} * {1}", arguments.at(0),
                     Seconds(arguments.at(1)));
}

std::string EpochGroup(const std::vector<std::string>& arguments, const GrafanaView& /*view*/) {
  return fmt::format("{0} DIV {1} * {1}", arguments.at(0), Seconds(arguments.at(1)));
}

Macro WithAlias(const Macro& macro) {
  return [macro](const auto& arguments, const auto& view) {
    return macro(arguments, view) + " AS \"time\"";
  };
}

const std::map<std::string, Macro>& Macros() {
  static const std::map<std::string, Macro> macros = {
      {"__timeFilter", TimeFilter},
      {"__unixEpochFilter", EpochFilter},
      {"__timeGroup", TimeGroup},
      {"__timeGroupAlias", WithAlias(TimeGroup)},
      {"__unixEpochGroup", EpochGroup},
      {"__unixEpochGroupAlias", WithAlias(EpochGroup)},
      {"__timeFrom",
       [](const auto&, const auto& view) { return fmt::format("FROM_UNIXTIME({})", view.from); }},
      {"__timeTo",
       [](const auto&, const auto& view) { return fmt::format("FROM_UNIXTIME({})", view.to); }}};
  return macros;
}

}  // namespace

std::string ExpandGrafanaQuery(const std::string& sql, const GrafanaView& view) {
  const std::string text = ExpandPlainMacros(ExpandVariables(sql, view), view);
  RefuseForbiddenFunctions(text);
  // The arguments end at the first closing bracket: Grafana knows no function call inside a macro.
  static const std::regex call(R"(\$(\w+)\(([^)]*)\))");
  return ReplaceEach(text, call, [&](const std::smatch& match) {
    const auto macro = Macros().find(match[1].str());
    if (macro == Macros().end()) throw std::runtime_error("unknown macro " + match[1].str());
    return macro->second(Arguments(match[2].str()), view);
  });
}

}  // namespace mon::test
