#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace mon::data_aggregator::doctor {

enum class Status : std::uint8_t { kOk, kWarning, kFailed };
[[nodiscard]] std::string_view ToString(Status status);

/// One line of the report.
struct Finding {
  Status status = Status::kOk;
  std::string subject;  ///< what was looked at: "shop", "db-1:3306", "schema"
  std::string text;     ///< what was found
  std::string remedy;   ///< how to mend it, in one sentence; empty where nothing is wrong
};

/// What a clock elsewhere said.
struct ClockReading {
  std::string whose;
  std::chrono::milliseconds ahead{0};  ///< of ours; negative: behind
};

/// What one check came to.
struct Outcome {
  std::vector<Finding> findings;
  std::vector<ClockReading> clocks;

  void Ok(std::string subject, std::string text);
  void Warn(std::string subject, std::string text, std::string remedy);
  void Fail(std::string subject, std::string text, std::string remedy);
};

/// Our errors often end with what to do, behind the error's number: "… (1045); check MYSQL_USER".
struct Told {
  std::string problem;
  std::string remedy;  ///< empty: the message has none
};
[[nodiscard]] Told SplitAdvice(const std::string& message);

/// "12 s", "5 min", "3 h", "2 d".
[[nodiscard]] std::string Age(std::chrono::seconds age);
/// "512 KiB", "256 MiB", "1.5 GiB".
[[nodiscard]] std::string Size(std::uint64_t bytes);

}  // namespace mon::data_aggregator::doctor
