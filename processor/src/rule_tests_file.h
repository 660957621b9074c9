#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "memory_items.h"
#include "processor/sample.h"

namespace mon::processor {

/// The instant that a test calls 0s: 2025-01-01 00:00:00 UTC.
inline constexpr std::int64_t kTestStart = 1'735'689'600;

/// What a test may say of an alert; what it leaves out is not compared.
struct WantedAlert {
  std::string rule;
  std::string application;
  std::string state = "firing";  ///< or pending
  std::optional<std::string> severity;
  std::optional<std::string> summary;
  std::optional<std::vector<std::string>> hosts;
  std::size_t line = 0;
};

/// All the alerts that are there when the samples up to `at` have been judged.
struct Checkpoint {
  std::chrono::seconds at{0};
  std::vector<WantedAlert> alerts;
  std::size_t line = 0;
};

/// Times count from 0s.
struct WantedIncident {
  std::string rule;
  std::string application;
  std::optional<std::chrono::seconds> started;  ///< not compared where it is left out
  std::optional<std::chrono::seconds> fired;    ///< likewise
  std::optional<std::chrono::seconds> ended;    ///< left out: it is still open
  std::size_t line = 0;
};

struct SeriesOfApplication {
  std::string application;
  std::vector<Sample> samples;  ///< by time
};

struct RuleTest {
  std::string name;
  std::size_t line = 0;
  std::chrono::seconds interval{10};
  std::vector<SeriesOfApplication> series;
  std::vector<MemoryItem> items;
  std::vector<Checkpoint> checkpoints;
  std::optional<std::vector<WantedIncident>> incidents;  ///< all of the test
};

struct RuleTestsFile {
  std::filesystem::path path;
  std::filesystem::path config;  ///< where the rules are; empty: not said
  bool has_rules = false;        ///< in [[rule]] tables of its own
  std::vector<RuleTest> tests;
};

/// Errors: kNotFound where the file cannot be read; kInvalidData with file and line of all that is
/// wrong with it.
[[nodiscard]] Result<RuleTestsFile> ReadRuleTests(const std::filesystem::path& path);

/// Checks that the expectations name rules of `rules`. Errors: kInvalidData, likewise.
[[nodiscard]] Result<void> CheckRuleNames(const RuleTestsFile& file,
                                          const std::vector<std::string>& rules);

}  // namespace mon::processor
