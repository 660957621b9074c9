#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/config.h"
#include "common/error.h"

namespace mon::anomaly_detector {

/// A value of an item near the sample that fired.
struct JoinedValue {
  std::uint64_t itemid = 0;
  std::string host;
  std::string key;
  std::string name;
  std::string units;
  std::int64_t clock = 0;           ///< s
  std::string value;                ///< as Zabbix has it
  std::int64_t offset_seconds = 0;  ///< clock - timestamp
  bool within_window = true;        ///< false: the last value before the sample, outside the window
};

/// What a rule found: which one, where, when, what it saw against which limit, and what the
/// machines were doing.
struct Finding {
  std::string rule;
  std::string application;
  Severity severity = Severity::kCritical;
  std::int64_t timestamp = 0;      ///< of the sample that fired
  std::int64_t started_at = 0;     ///< first true sample of the run
  Comparison deciding;             ///< value and limit
  std::vector<std::string> hosts;  ///< the hosts a rule with items is true for
  std::vector<JoinedValue> joined;
  std::map<std::string, std::string> labels;  ///< of the rule
};

/// The rule's summary or description with its placeholders filled:
///
///     {application} {rule} {severity} {metric} {op} {value} {limit}
///     {why}    of odd(…): "unusual, expected 40 to 55, saw 91, about once in four months", of
///              predict(…) what is expected; else value, operator and limit
///     {host}   of the deciding comparison, empty without one
///     {hosts}  comma-separated
///     {time}   of the sample, 2025-06-15 14:26:40 UTC
///     {label.NAME}  of the rule
///
/// `{{` and `}}` stand for braces. Numbers are printed in their shortest form, an error rate as the
/// shortest text of its float.
[[nodiscard]] std::string RenderSummary(std::string_view summary, const Finding& finding);

/// kConfig naming an unknown or unclosed placeholder, with its column and the known ones. `labels`:
/// those that the rule has.
[[nodiscard]] Result<void> CheckSummary(std::string_view summary,
                                        const std::map<std::string, std::string>& labels = {});

/// The worse of two values of a rule's deciding metric: the greater for > and >=, the smaller for <
/// and <=, the later one (`b`) otherwise. For the peak of an incident.
[[nodiscard]] double Worse(std::string_view op, double a, double b);

/// A value of `metric` as people should read it: "0.62" for the float 0.62. What is made of an
/// error rate is a float, too.
[[nodiscard]] std::string ValueText(std::string_view metric, double value);

}  // namespace mon::anomaly_detector
