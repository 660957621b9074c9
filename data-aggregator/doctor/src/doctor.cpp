#include "data_aggregator/doctor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <utility>

#include "check_runner.h"
#include "checks.h"
#include "clocks.h"
#include "common/program.h"
#include "common/text.h"
#include "http/http_client.h"
#include "report.h"

namespace mon::data_aggregator {
namespace {

using doctor::Check;
using doctor::CheckResults;
using doctor::Group;
using doctor::Section;

constexpr const char* kClearLine = "\r\x1b[K";
constexpr std::size_t kLineBytes = 78;  // a longer line could not be taken back

std::vector<Check> AllChecks(const LoadedConfig& loaded, const Clock& clock) {
  const Config& config = loaded.config;
  // The first client initialises libcurl: before any thread begins.
  const auto client = [&] {
    return std::shared_ptr<http::Client>(http::MakeCurlClient({.ca_file = config.ca_file}));
  };
  std::vector<Check> all;
  const auto add = [&](std::vector<Check> checks) {
    std::ranges::move(checks, std::back_inserter(all));
  };
  add(doctor::ConfigurationChecks(loaded));
  add(doctor::ApplicationChecks(config, clock, client()));
  add(doctor::ZabbixChecks(config, clock, client()));
  add(doctor::MysqlChecks(config, clock));
  add(doctor::MailChecks(config));
  add(doctor::StateDirectoryChecks(config, clock));
  return all;
}

/// One section a group, in the order of the checks; the clocks of all of them come last.
std::vector<Section> MakeReport(const std::vector<Check>& checks, CheckResults results) {
  std::vector<Section> report;
  std::vector<doctor::ClockReading> clocks;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (report.empty() || report.back().group != checks[i].group)
      report.push_back({checks[i].group, {}});
    std::ranges::move(results.outcomes[i].findings, std::back_inserter(report.back().findings));
    std::ranges::move(results.outcomes[i].clocks, std::back_inserter(clocks));
  }
  report.push_back({Group::kClock, doctor::JudgeClocks(clocks)});
  return report;
}

}  // namespace

Result<ExitCode> RunDoctor(const LoadedConfig& loaded, const Clock& clock, bool json,
                           std::stop_token stop) {
  const std::vector<Check> checks = AllChecks(loaded, clock);
  const bool watched = isatty(STDERR_FILENO) == 1;
  std::string told;
  CheckResults results = RunChecks(checks, stop, [&](std::span<const std::string> waiting) {
    const std::string names = fmt::format("waiting for {}", fmt::join(waiting, ", "));
    std::string line = EscapeControls(CleanUtf8(names, kLineBytes));
    if (!watched || line == told) return;
    fmt::print(stderr, "{}{}", kClearLine, line);
    told = std::move(line);
  });
  if (!told.empty()) fmt::print(stderr, "{}", kClearLine);
  const bool abandoned = results.abandoned;
  ExitCode code = ExitCode::kOk;
  // A person who interrupts it wants no report.
  if (!stop.stop_requested()) {
    const std::vector<Section> report = MakeReport(checks, std::move(results));
    fmt::print("{}", json ? ToJson(report) : ToText(report, StdoutIsTerminal()));
    code = AllWell(report) ? ExitCode::kOk : ExitCode::kFound;
  }
  if (abandoned) {
    // Its thread still uses what ends with this function.
    if (std::fflush(stdout) != 0) code = ExitCode::kIo;
    std::_Exit(static_cast<int>(code));
  }
  return code;
}

}  // namespace mon::data_aggregator
