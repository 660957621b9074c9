#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/config.h"
#include "common/error.h"
#include "detector/metric_detector.h"
#include "rule_tests_file.h"

namespace mon::processor {

/// What a test expected and did not get, or got and did not expect.
struct Difference {
  std::optional<std::chrono::seconds> at;  ///< of a checkpoint; none: the list of incidents
  std::string rule;
  std::string application;
  std::string expected;  ///< what the file says, in words; empty: nothing
  std::string got;       ///< the same of what is; empty: nothing
  bool operator==(const Difference&) const = default;
};

struct RuleTestResult {
  std::string name;
  std::size_t line = 0;
  std::vector<Difference> differences;  ///< empty: passed
};

/// What a test runs with: of the configuration that its rules come from.
struct RuleTestSetup {
  std::span<const anomaly_detector::Rule> rules;
  std::chrono::seconds window{10};  ///< half-width of the join
  detector::Setting detector;
  std::span<const ContextConfig> contexts = {};  ///< which items have another window
};

/// Judges the series of `test` as the processor does when everything has arrived, with nothing
/// stored, and compares. The test's interval is the spacing that is expected of samples.
[[nodiscard]] Result<RuleTestResult> RunRuleTest(const RuleTest& test, const RuleTestSetup& setup);

}  // namespace mon::processor
