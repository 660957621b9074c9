#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/table.h"
#include "common/text.h"
#include "processor/rules_test.h"
#include "rule_tests.h"
#include "rule_tests_file.h"

namespace mon::processor {
namespace {

using anomaly_detector::Rule;

/// A file that has been read, with the rules that it tests.
struct Suite {
  RuleTestsFile file;
  std::vector<Rule> rules;
  std::chrono::seconds window{10};
  detector::Setting detector;
  std::vector<ContextConfig> contexts;
  std::vector<RuleTestResult> results;
};

/// The configuration that the rules of `file` come from, where that is not the one in force.
Result<std::optional<Config>> OwnConfig(const RuleTestsFile& file) {
  if (file.config.empty() && !file.has_rules) return std::nullopt;
  LoadOptions options;
  options.config_file = file.has_rules ? file.path : file.config;
  options.check_rule = anomaly_detector::CheckRule;
  if (file.has_rules) options.of_others = {"config", "test"};
  auto loaded = LoadConfig(options);
  if (!loaded) return std::unexpected(loaded.error());
  return std::move(loaded->config);
}

Result<Suite> Load(const std::filesystem::path& path, const Config& in_force) {
  auto file = ReadRuleTests(path);
  if (!file) return std::unexpected(file.error());
  const auto own = OwnConfig(*file);
  if (!own) return std::unexpected(own.error());
  const auto& config = *own ? **own : in_force;
  Suite suite{*std::move(file),        {},
              config.processor.window, {.alerts_per_month = config.detector.alerts_per_month},
              config.contexts,         {}};
  std::vector<std::string> names;
  for (const auto& rule : config.rules) {
    auto parsed = Rule::Parse(rule);
    if (!parsed) return std::unexpected(parsed.error());
    suite.rules.push_back(*std::move(parsed));
    names.push_back(rule.name);
  }
  if (auto good = CheckRuleNames(suite.file, names); !good) return std::unexpected(good.error());
  return suite;
}

std::string Indented(std::string_view lines) {
  std::string out;
  bool at_margin = true;
  for (const char c : lines) {
    if (at_margin) out += "         ";
    out += c;
    at_margin = c == '\n';
  }
  return out;
}

std::string DifferenceTable(const RuleTestResult& result) {
  Table table({{"AT", Table::Align::kRight}, {"RULE"}, {"APPLICATION"}, {"EXPECTED"}, {"GOT"}});
  for (const auto& one : result.differences) {
    table.AddRow({one.at ? FormatDuration(*one.at) : "all", one.rule, one.application,
                  one.expected.empty() ? "nothing" : one.expected,
                  one.got.empty() ? "nothing" : one.got});
  }
  return table.Text(false);
}

void PrintText(const std::vector<Suite>& suites, std::size_t failed) {
  std::size_t all = 0;
  for (const auto& suite : suites) {
    fmt::print("{}\n", suite.file.path.string());
    for (const auto& result : suite.results) {
      ++all;
      const auto name = EscapeControls(result.name);
      if (result.differences.empty()) {
        fmt::print("  ok     {}\n", name);
      } else {
        fmt::print("  FAILED {} (line {})\n{}", name, result.line,
                   Indented(DifferenceTable(result)));
      }
    }
  }
  fmt::print("{} passed, {} failed\n", all - failed, failed);
}

nlohmann::ordered_json ToJson(const RuleTestResult& result) {
  auto differences = nlohmann::ordered_json::array();
  for (const auto& one : result.differences) {
    nlohmann::ordered_json at;  // null
    if (one.at) at = one.at->count();
    differences.push_back({{"at_seconds", at},
                           {"rule", one.rule},
                           {"application", one.application},
                           {"expected", one.expected},
                           {"got", one.got}});
  }
  return {{"name", result.name},
          {"line", result.line},
          {"passed", result.differences.empty()},
          {"differences", differences}};
}

void PrintJson(const std::vector<Suite>& suites, std::size_t failed) {
  auto tests = nlohmann::ordered_json::array();
  for (const auto& suite : suites) {
    for (const auto& result : suite.results) {
      nlohmann::ordered_json test = {{"file", suite.file.path.string()}};
      test.update(ToJson(result));
      tests.push_back(std::move(test));
    }
  }
  const nlohmann::ordered_json out = {
      {"passed", tests.size() - failed}, {"failed", failed}, {"tests", tests}};
  fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

Result<ExitCode> TestRules(const Config& config, const RulesTestRequest& request) {
  std::vector<Suite> suites;
  for (const auto& path : request.files) {
    auto suite = Load(path, config);
    if (!suite) return std::unexpected(suite.error());
    suites.push_back(*std::move(suite));
  }
  std::size_t failed = 0;
  for (auto& suite : suites) {
    for (const auto& test : suite.file.tests) {
      auto result = RunRuleTest(test, {suite.rules, suite.window, suite.detector, suite.contexts});
      if (!result) return std::unexpected(result.error());
      if (!result->differences.empty()) ++failed;
      suite.results.push_back(*std::move(result));
    }
  }
  request.json ? PrintJson(suites, failed) : PrintText(suites, failed);
  return failed == 0 ? ExitCode::kOk : ExitCode::kFound;
}

}  // namespace mon::processor
