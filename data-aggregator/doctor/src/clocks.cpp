#include "clocks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace mon::data_aggregator::doctor {
namespace {

using std::chrono::milliseconds;

/// The join looks ten seconds around a sample, and the Date of HTTP is in whole seconds.
constexpr milliseconds kTolerance{5'000};

bool IsOff(const ClockReading& reading) { return std::chrono::abs(reading.ahead) > kTolerance; }

std::string Difference(milliseconds ahead) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(ahead);
  return fmt::format("{} {}", Age(std::chrono::abs(seconds)),
                     ahead.count() > 0 ? "ahead of" : "behind");
}

std::string Names(std::span<const ClockReading> readings) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> names;
  for (const ClockReading& reading : readings.first(std::min(readings.size(), kMost)))
    names.push_back(reading.whose);
  if (readings.size() > kMost) names.push_back(fmt::format("{} more", readings.size() - kMost));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<Finding> JudgeClocks(std::span<const ClockReading> readings) {
  Outcome outcome;
  const std::string self = "this machine";
  if (readings.empty()) {
    outcome.Ok(self, "not compared: nobody has told the time");
    return outcome.findings;
  }
  const auto [least, most] = std::ranges::minmax(readings, {}, &ClockReading::ahead);
  const bool all_off = std::ranges::all_of(readings, IsOff);
  if (readings.size() > 1 && all_off && most.ahead - least.ahead <= kTolerance) {
    outcome.Warn(self, fmt::format("its clock is {} {}", Difference(-least.ahead), Names(readings)),
                 "let NTP set the clock of this machine (chronyc tracking, timedatectl)");
    return outcome.findings;
  }
  std::vector<ClockReading> agreeing;
  for (const ClockReading& reading : readings) {
    if (!IsOff(reading))
      agreeing.push_back(reading);
    else
      outcome.Warn(reading.whose,
                   fmt::format("its clock is {} this machine's", Difference(reading.ahead)),
                   "let NTP set both clocks, or samples and values of the same moment are not "
                   "found together");
  }
  if (!agreeing.empty())
    outcome.Ok(self, fmt::format("within {} s of {}", kTolerance.count() / 1000, Names(agreeing)));
  return outcome.findings;
}

}  // namespace mon::data_aggregator::doctor
