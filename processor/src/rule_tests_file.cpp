#include "rule_tests_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "common/nearest.h"
#include "common/text.h"
#include "common/toml_tree.h"
#include "series_notation.h"

namespace mon::processor {
namespace {

using Values = std::vector<std::optional<double>>;
using std::chrono::seconds;

/// Of an application whose file gives only the other metric.
constexpr double kQuietResponseTime = 100;
constexpr double kQuietErrorRate = 0;
constexpr double kHighestResponseTime = 9.0e15;

class TestReader {
 public:
  TestReader(const TomlNode& node, TomlProblems& problems)
      : table_(node, "test", problems), problems_(&problems) {}

  RuleTest Read() {
    test_.line = table_.Line();
    test_.name = table_.RequiredText("name");
    if (const auto interval = table_.Duration("interval")) test_.interval = *interval;
    if (test_.interval < seconds(1)) {
      table_.Refuse("interval", "expected at least \"1s\"");
      test_.interval = seconds(1);
    }
    ForEach(table_, "series", [this](TomlTable& series) { ReadSeries(series); });
    if (test_.series.empty()) table_.Refuse("series", "is missing: expected [[test.series]]");
    ForEach(table_, "item", [this](TomlTable& item) { ReadItem(item); });
    ForEach(table_, "expect", [this](TomlTable& expect) { ReadCheckpoint(expect); });
    if (const auto found = table_.Tables("incidents")) {
      test_.incidents.emplace();
      for (const auto* node : *found) ReadIncident(*node);
    }
    if (test_.checkpoints.empty() && !test_.incidents) {
      table_.Refuse("expect", "is missing: expected [[test.expect]], or incidents = [ … ]");
    }
    table_.RefuseOthers();
    std::ranges::stable_sort(test_.checkpoints, {}, &Checkpoint::at);
    return std::move(test_);
  }

 private:
  template <typename Take>
  void ForEach(TomlTable& above, std::string_view key, const Take& take) {
    for (const auto* node : above.Tables(key).value_or(std::vector<const TomlNode*>{})) {
      TomlTable table(*node, fmt::format("test.{}", key), *problems_);
      take(table);
      table.RefuseOthers();
    }
  }

  static std::optional<Values> ReadValues(TomlTable& table, std::string_view key,
                                          const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    auto values = ParseSeries(*text);
    if (values) return *std::move(values);
    table.Refuse(key, values.error().message);
    return std::nullopt;
  }

  void ReadSeries(TomlTable& table) {
    SeriesOfApplication series{table.RequiredText("application"), {}};
    if (std::ranges::find(test_.series, series.application, &SeriesOfApplication::application) !=
        test_.series.end()) {
      table.Refuse("application", "has a series in this test already");
    }
    const auto rates = ReadValues(table, "error_rate", table.Text("error_rate"));
    const auto times = ReadValues(table, "response_time_ms", table.Text("response_time_ms"));
    CheckRange(table, "error_rate", rates, 1, "rates from 0 to 1");
    CheckRange(table, "response_time_ms", times, kHighestResponseTime, "whole milliseconds");
    if (!rates && !times) table.Refuse("error_rate", "expected it, response_time_ms or both");
    if (rates && times && rates->size() != times->size()) {
      table.Refuse("response_time_ms",
                   fmt::format("found {} samples, expected {}, as error_rate has", times->size(),
                               rates->size()));
    } else if (rates || times) {
      series.samples = Samples(rates, times);
    }
    test_.series.push_back(std::move(series));
  }

  static void CheckRange(TomlTable& table, std::string_view key,
                         const std::optional<Values>& values, double highest,
                         std::string_view expected) {
    if (!values) return;
    for (const auto& value : *values) {
      const bool whole = highest == 1 || !value || std::trunc(*value) == *value;
      if (!value || (*value >= 0 && *value <= highest && whole)) continue;
      return table.Refuse(key,
                          fmt::format("found {}, expected {}", ShortestText(*value), expected));
    }
  }

  std::vector<Sample> Samples(const std::optional<Values>& rates,
                              const std::optional<Values>& times) const {
    std::vector<Sample> samples;
    const auto count = rates ? rates->size() : times->size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto rate = rates ? (*rates)[i] : kQuietErrorRate;
      const auto time = times ? (*times)[i] : kQuietResponseTime;
      if (!rate || !time) continue;
      samples.push_back({0, kTestStart + static_cast<std::int64_t>(i) * test_.interval.count(),
                         std::llround(*time), static_cast<float>(*rate)});
    }
    return samples;
  }

  void ReadItem(TomlTable& table) {
    MemoryItem item;
    item.host = table.RequiredText("host");
    item.key = table.RequiredText("key");
    item.application = table.Text("application").value_or("");
    if (const auto tags = table.Texts("tags"))
      item.tags = fmt::format("{}", fmt::join(*tags, "\n"));
    if (!item.application.empty()) CheckApplication(table, item.application);
    const auto interval = table.Duration("interval").value_or(test_.interval);
    const auto offset = table.Duration("offset").value_or(seconds(0));
    const auto text = table.RequiredText("values");
    if (!text.empty()) AddPoints(ReadValues(table, "values", text), interval, offset, item);
    test_.items.push_back(std::move(item));
  }

  static void AddPoints(const std::optional<Values>& values, seconds interval, seconds offset,
                        MemoryItem& item) {
    if (!values) return;
    for (std::size_t i = 0; i < values->size(); ++i) {
      const auto& value = (*values)[i];
      if (!value) continue;
      const auto after = offset + static_cast<std::int64_t>(i) * interval;
      item.values.Add(kTestStart + after.count(), *value, ShortestText(*value));
    }
  }

  void ReadCheckpoint(TomlTable& table) {
    Checkpoint checkpoint;
    checkpoint.line = table.Line();
    checkpoint.at = table.RequiredDuration("at");
    const auto alerts = table.Tables("alerts");
    if (!alerts) table.Refuse("alerts", "is missing: expected alerts = [ … ], empty for none");
    for (const auto* node : alerts.value_or(std::vector<const TomlNode*>{})) {
      checkpoint.alerts.push_back(ReadAlert(*node));
    }
    test_.checkpoints.push_back(std::move(checkpoint));
  }

  WantedAlert ReadAlert(const TomlNode& node) {
    TomlTable table(node, "alerts", *problems_);
    WantedAlert alert;
    alert.line = node.line;
    alert.rule = table.RequiredText("rule");
    alert.application = ReadApplication(table);
    alert.state = table.Text("state").value_or("firing");
    if (alert.state != "firing" && alert.state != "pending") {
      table.Refuse("state", fmt::format("found {}, expected \"firing\" or \"pending\"",
                                        QuoteJson(CleanUtf8(alert.state, 64))));
    }
    alert.severity = table.Text("severity");
    alert.summary = table.Text("summary");
    alert.hosts = table.Texts("hosts");
    table.RefuseOthers();
    return alert;
  }

  void ReadIncident(const TomlNode& node) {
    TomlTable table(node, "incidents", *problems_);
    WantedIncident incident;
    incident.line = node.line;
    incident.rule = table.RequiredText("rule");
    incident.application = ReadApplication(table);
    incident.started = table.Duration("started");
    incident.fired = table.Duration("fired");
    incident.ended = table.Duration("ended");
    table.RefuseOthers();
    test_.incidents->push_back(std::move(incident));
  }

  /// May be left out where the test has one application.
  std::string ReadApplication(TomlTable& table) {
    const auto given = table.Text("application");
    if (given) {
      CheckApplication(table, *given);
      return *given;
    }
    if (test_.series.size() == 1) return test_.series.front().application;
    table.Refuse("application", "is missing: the test has several");
    return {};
  }

  void CheckApplication(TomlTable& table, const std::string& name) {
    std::vector<std::string_view> known;
    for (const auto& series : test_.series) known.push_back(series.application);
    if (std::ranges::find(known, name) != known.end()) return;
    const auto near = Nearest(name, known);
    table.Refuse("application",
                 fmt::format("no series of {} in this test{}", QuoteJson(CleanUtf8(name, 64)),
                             near.empty() ? "" : fmt::format(", did you mean \"{}\"?", near)));
  }

  TomlTable table_;
  TomlProblems* problems_;
  RuleTest test_;
};

}  // namespace

Result<RuleTestsFile> ReadRuleTests(const std::filesystem::path& path) {
  const auto root = ReadToml(path);
  if (!root) return std::unexpected(root.error());
  TomlProblems problems(path);
  TomlTable table(*root, "", problems);
  RuleTestsFile file;
  file.path = path;
  if (const auto config = table.Text("config")) file.config = path.parent_path() / *config;
  file.has_rules = table.Tables("rule").has_value();
  if (file.has_rules && !file.config.empty()) {
    table.Refuse("config", "excludes [[rule]] in the same file");
  }
  const auto tests = table.Tables("test");
  if (!tests || tests->empty()) table.Refuse("test", "is missing: expected [[test]]");
  for (const auto* node : tests.value_or(std::vector<const TomlNode*>{})) {
    file.tests.push_back(TestReader(*node, problems).Read());
  }
  // With rules of its own the file is a configuration, too, and read as such.
  if (!file.has_rules) table.RefuseOthers();
  if (!problems.empty()) return std::unexpected(problems.ToError());
  return file;
}

Result<void> CheckRuleNames(const RuleTestsFile& file, const std::vector<std::string>& rules) {
  TomlProblems problems(file.path);
  const std::vector<std::string_view> known(rules.begin(), rules.end());
  const auto check = [&](const std::string& name, std::size_t line) {
    if (std::ranges::find(known, name) != known.end()) return;
    const auto near = Nearest(name, known);
    problems.Add(line,
                 fmt::format("rule: no rule {}{}", QuoteJson(CleanUtf8(name, 64)),
                             near.empty() ? "" : fmt::format(", did you mean \"{}\"?", near)));
  };
  for (const auto& test : file.tests) {
    for (const auto& checkpoint : test.checkpoints) {
      for (const auto& alert : checkpoint.alerts) check(alert.rule, alert.line);
    }
    if (!test.incidents) continue;
    for (const auto& incident : *test.incidents) check(incident.rule, incident.line);
  }
  if (problems.empty()) return {};
  return std::unexpected(problems.ToError());
}

}  // namespace mon::processor
