// How fast rules are evaluated: a thousand rules of all kinds on ten thousand series, as a pass
// does it with what it has read; see README.md.

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "anomaly_detector/rule_state.h"
#include "anomaly_detector/span.h"

namespace {

using namespace mon::anomaly_detector;  // NOLINT: a program of one file

constexpr std::size_t kRules = 1000;
constexpr std::size_t kSeries = 10'000;
constexpr std::int64_t kSpacing = 10;  // s

/// Ten kinds of rules, with limits of their own.
std::vector<Rule> MakeRules() {
  const std::vector<std::string> kinds = {
      "error_rate > {}",
      "error_rate > {} and response_time_ms > 800",
      "error_rate > {} or response_time_ms > 900 and not response_time_ms < 200",
      "response_time_ms / 1000 > {} * 2",
      "error_rate * 100 > {} + response_time_ms / 10",
      "avg(error_rate, 5m) > {}",
      "max(response_time_ms, 5m) > 1000 * {}",
      "avg(error_rate, 1m) > 3 * avg(error_rate, 5m) + {}",
      "rate(response_time_ms, 5m) > {}",
      "error_rate > {} and item(\"system.cpu.load\") > 4",
  };
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < kRules; ++i) {
    mon::RuleConfig config;
    config.name = fmt::format("rule-{}", i);
    const double limit = 0.3 + 0.7 * static_cast<double>(i) / kRules;
    config.expr = fmt::format(fmt::runtime(kinds[i % kinds.size()]), limit);
    auto rule = Rule::Parse(config);
    if (!rule) {
      fmt::print(stderr, "{}\n", rule.error().message);
      std::exit(70);
    }
    rules.push_back(*std::move(rule));
  }
  return rules;
}

struct Sample {
  std::int64_t time = 0;
  float error_rate = 0;
  std::int64_t response_time_ms = 0;
  double load = 0;
};

/// `count` samples of one series.
std::vector<Sample> MakeSeries(std::size_t count, std::mt19937& random) {
  std::uniform_real_distribution<float> rate(0, 0.6F);
  std::uniform_int_distribution<std::int64_t> millis(100, 1000);
  std::uniform_real_distribution<double> load(0, 8);
  std::vector<Sample> series;
  for (std::size_t i = 0; i < count; ++i) {
    const auto time = 1'750'000'000 + static_cast<std::int64_t>(i) * kSpacing;
    series.push_back({time, rate(random), millis(random), load(random)});
  }
  return series;
}

/// Puts the samples from `first` on through one rule; counts how often it fires.
std::size_t Judge(const Rule& rule, const std::vector<Sample>& series, std::size_t first,
                  RuleState& state) {
  const std::size_t count = series.size() - first;
  std::vector<std::int64_t> times;
  for (std::size_t i = first; i < series.size(); ++i) times.push_back(series[i].time);
  const auto& operands = rule.NeededOperands().shared;
  std::vector<std::vector<double>> columns;
  for (const Operand& operand : operands) {
    std::vector<Point> points;
    for (const Sample& sample : series) {
      points.push_back({sample.time, operand.source == Source::kErrorRate
                                         ? static_cast<double>(sample.error_rate)
                                         : static_cast<double>(sample.response_time_ms)});
    }
    columns.emplace_back(count);
    OverSpan(operand.function, operand.span, points, times, columns.back());
  }
  std::vector<Reading> shared(operands.size());
  std::vector<Reading> items(1);
  const std::vector<HostReadings> hosts = {{"web-1", items}};
  const Timing timing;
  std::size_t fired = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Sample& sample = series[first + i];
    for (std::size_t j = 0; j < shared.size(); ++j) {
      const double value = columns[j][i];
      shared[j] = {std::isnan(value) ? Reading::State::kNoValue : Reading::State::kValue, value};
    }
    items[0] = {Reading::State::kValue, sample.load};
    const Metrics metrics{sample.response_time_ms, sample.error_rate, shared};
    const Truth truth = rule.EvaluateTruth(metrics, hosts);
    fired += Advance(state, timing, sample.time, truth).step == Step::kFired ? 1 : 0;
  }
  return fired;
}

/// CPU time of this thread, so that other load on the machine does not count.
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double Report(std::string_view what, std::size_t judged, std::size_t fired, double seconds) {
  const double rate = static_cast<double>(judged) / seconds;
  fmt::print("{:<52} {:>6.2f} s  {:>6.1f} M rule-samples/s  ({} fired)\n", what, seconds,
             rate / 1e6, fired);
  return rate;
}

/// The usual pass: each series has one new sample, and the five minutes before it.
double OneNewSampleEach(const std::vector<Rule>& rules) {
  std::mt19937 random(1);
  std::vector<std::vector<Sample>> series;
  for (std::size_t i = 0; i < kSeries; ++i) series.push_back(MakeSeries(31, random));
  std::vector<RuleState> states(kSeries);
  std::size_t fired = 0;
  const double begun = CpuSeconds();
  for (const Rule& rule : rules) {
    for (std::size_t i = 0; i < kSeries; ++i) {
      fired += Judge(rule, series[i], series[i].size() - 1, states[i] = {});
    }
  }
  return Report("1,000 rules x 10,000 series, a new sample each", kRules * kSeries, fired,
                CpuSeconds() - begun);
}

/// What has been waiting: one series with many new samples.
double ManyNewSamples(const std::vector<Rule>& rules) {
  std::mt19937 random(2);
  const std::vector<Sample> series = MakeSeries(kSeries + 30, random);
  std::size_t fired = 0;
  const double begun = CpuSeconds();
  for (const Rule& rule : rules) {
    RuleState state;
    fired += Judge(rule, series, 30, state);
  }
  return Report("1,000 rules x 1 series, 10,000 new samples", kRules * kSeries, fired,
                CpuSeconds() - begun);
}

}  // namespace

int main() {
  const std::vector<Rule> rules = MakeRules();
  constexpr double kGoal = 1e6;
  const bool met = OneNewSampleEach(rules) >= kGoal && ManyNewSamples(rules) >= kGoal;
  fmt::print("the goal of 1 M rule-samples per second of one core is {}\n", met ? "met" : "missed");
  return met ? 0 : 1;
}
