#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "finding.h"

namespace mon::data_aggregator::doctor {

/// The parts of the report, in its order.
enum class Group : std::uint8_t {
  kConfiguration,
  kApplications,
  kZabbix,
  kMysql,
  kMail,
  kStateDirectory,
  kClock
};

/// Something to look at. `run` is called in a thread of its own.
struct Check {
  Group group = Group::kConfiguration;
  std::string name;  ///< what one waits for, and the subject where no answer comes: "db-1:3306"
  std::function<Outcome(std::stop_token)> run;
  std::chrono::milliseconds limit{20'000};
};

struct CheckResults {
  std::vector<Outcome> outcomes;  ///< as the checks
  bool abandoned = false;         ///< a check is still at it: its thread, and what it uses, live on
};

/// Told now and then, once it takes long, which checks are still at it.
using Progress = std::function<void(std::span<const std::string> waiting)>;

/// Runs all checks at the same time. One that is not done within its limit is told to stop, and
/// two seconds later left behind, with a finding that says so; an exception is a finding, too. When
/// `stop` is requested all of them are told to stop.
[[nodiscard]] CheckResults RunChecks(const std::vector<Check>& checks, const std::stop_token& stop,
                                     const Progress& progress);

}  // namespace mon::data_aggregator::doctor
