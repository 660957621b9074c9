// cost_probe KERNEL ROWS: does one thing so many times, for cost_test to count its instructions.

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "anomaly_detector/rule_state.h"
#include "correlator/join.h"
#include "data_aggregator/spool.h"
#include "detector/metric_detector.h"

namespace {

using namespace mon;  // NOLINT: a program of one file

constexpr std::int64_t kBegin = 1'750'000'000;

/// Not evenly spread, and the same each time.
std::int64_t Gap(std::size_t i) { return static_cast<std::int64_t>(1 + i * 7919 % 9); }

std::vector<std::int64_t> Times(std::size_t count, std::size_t seed) {
  std::vector<std::int64_t> times;
  std::int64_t at = kBegin;
  for (std::size_t i = 0; i < count; ++i) times.push_back(at += Gap(i + seed));
  return times;
}

int Join(std::size_t count) {
  const auto samples = Times(count, 0);
  const auto clocks = Times(count, 3);
  std::vector<std::size_t> nearest(count);
  correlator::JoinNearest(samples, clocks, std::chrono::seconds(10), nearest);
  return nearest.back() == correlator::kNoMatch ? 1 : 0;
}

int Rules(std::size_t count) {
  RuleConfig config;
  config.name = "high-error-rate";
  config.expr = "error_rate > 0.5 and response_time_ms > 200";
  const auto rule = anomaly_detector::Rule::Parse(config);
  if (!rule) return 1;
  anomaly_detector::RuleState state;
  const anomaly_detector::Timing timing;
  std::size_t fired = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const anomaly_detector::Metrics metrics{300, i % 100 < 5 ? 0.9F : 0.1F, {}};
    const auto truth = rule->EvaluateTruth(metrics, {});
    const auto at = kBegin + static_cast<std::int64_t>(i) * 10;
    fired +=
        anomaly_detector::Advance(state, timing, at, truth).step == anomaly_detector::Step::kFired
            ? 1
            : 0;
  }
  return fired == 0 ? 1 : 0;
}

int Detector(std::size_t count) {
  detector::MetricDetector detector;
  double score = 0;
  for (std::size_t i = 0; i < count; ++i) {
    score +=
        detector
            .Next(kBegin + static_cast<std::int64_t>(i) * 60, static_cast<double>(50 + i * 31 % 17))
            .score;
  }
  return score < 0 ? 1 : 0;
}

int Spool(std::size_t count) {
  constexpr std::size_t kAtOnce = 100;
  std::string path = std::filesystem::temp_directory_path() / "cost-spool-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return 1;
  const TimePoint now = SystemClock().Now();
  int failed = 1;
  if (auto spool = data_aggregator::Spool::Open(path, SpoolConfig{}, now)) {
    std::vector<ApplicationSample> samples(kAtOnce);
    for (ApplicationSample& sample : samples) sample = {"shop", kBegin, 137, 0.02F, 0};
    failed = 0;
    for (std::size_t i = 0; i < count; i += kAtOnce) {
      if (!(*spool)->Append(samples, now)) failed = 1;
    }
  }
  std::filesystem::remove_all(path);
  return failed;
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<int(std::size_t)>> kernels = {
      {"join", Join}, {"rules", Rules}, {"detector", Detector}, {"spool", Spool}};
  if (argc != 3 || !kernels.contains(argv[1])) {
    fmt::print(stderr, "usage: cost_probe join|rules|detector|spool ROWS\n");
    return 64;
  }
  return kernels.at(argv[1])(std::stoul(argv[2]));
}
