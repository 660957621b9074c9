#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "anomaly_detector/rule_state.h"

// Many samples at once say what each of them says by itself.

namespace mon::anomaly_detector {
namespace {

constexpr std::size_t kSamples = 700;  // more than are evaluated at once
constexpr std::size_t kMostHosts = 3;

Rule RuleWith(const std::string& expr, const std::string& recovery = "") {
  RuleConfig config;
  config.name = "rule";
  config.expr = expr;
  config.recovery = recovery;
  return Rule::Parse(config).value();
}

/// Values around the limits of the rules, and now and then none, one that is too large for a float,
/// and zero to divide by.
std::vector<double> RandomColumn(std::mt19937& random) {
  std::uniform_int_distribution<int> kind(0, 9);
  std::uniform_int_distribution<int> tenths(-10, 20);
  std::vector<double> column;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const int which = kind(random);
    column.push_back(which == 0   ? std::nan("")
                     : which == 1 ? 1e300
                     : which == 2 ? 0
                                  : static_cast<double>(tenths(random)) / 10);
  }
  return column;
}

Reading ReadingOf(Column column, std::size_t sample) {
  if (column.empty()) return {};
  const double value = column[sample];
  if (std::isnan(value)) return {.state = Reading::State::kNoValue};
  return {.state = Reading::State::kValue, .value = value};
}

/// A rule, and all it may read: the metrics are always there, a host may lack an item.
struct World {
  World(const Rule& rule, std::size_t host_count, std::mt19937& random) {
    std::uniform_int_distribution<int> percent(0, 100);
    for (std::size_t i = 0; i < kSamples; ++i) {
      error_rate.push_back(static_cast<double>(static_cast<float>(percent(random)) / 100));
      response_time.push_back(percent(random) * 10);
    }
    for (std::size_t i = 0; i < rule.NeededOperands().shared.size(); ++i)
      shared_values.push_back(RandomColumn(random));
    for (std::size_t i = 0; i < host_count * rule.NeededOperands().of_host.size(); ++i)
      host_values.push_back(percent(random) < 20 ? std::vector<double>() : RandomColumn(random));
    for (const auto& values : shared_values) shared.emplace_back(values);
    hosts.resize(host_count);
    for (std::size_t i = 0; i < host_values.size(); ++i)
      hosts[i % host_count].emplace_back(host_values[i]);
  }

  [[nodiscard]] MetricColumns Metrics() const { return {response_time, error_rate, shared}; }

  /// Calls `use` with what there is at one sample.
  template <typename Use>
  auto At(std::size_t sample, Use use) const {
    std::vector<Reading> of_shared;
    for (const Column column : shared) of_shared.push_back(ReadingOf(column, sample));
    std::vector<std::vector<Reading>> readings;
    std::vector<HostReadings> of_hosts;
    for (const auto& columns : hosts) {
      auto& host = readings.emplace_back();
      for (const Column column : columns) host.push_back(ReadingOf(column, sample));
    }
    for (const auto& host : readings) of_hosts.push_back({"host", host});
    const anomaly_detector::Metrics metrics{static_cast<std::int64_t>(response_time[sample]),
                                            static_cast<float>(error_rate[sample]), of_shared};
    return use(metrics, of_hosts);
  }

  std::vector<double> error_rate, response_time;
  std::vector<std::vector<double>> shared_values, host_values;
  std::vector<Column> shared;
  std::vector<std::vector<Column>> hosts;
};

const std::vector<std::string> kExpressions = {
    "error_rate > 0.5",
    "error_rate >= 0.1 and response_time_ms < 500",
    "not (error_rate == 0.3 or response_time_ms != 200)",
    "response_time_ms / 1000 <= -error_rate + 2 * 0.4 - 0.1",
    "avg(error_rate, 5m) > 0.5 or max(response_time_ms, 1m) / avg(error_rate, 5m) > 0.9",
    "item(\"load\") > 0.4",
    "error_rate > 0.4 and item(\"load\") * item(\"threads\") >= 0.2",
    "item(\"load\") > 0.4 or item(\"locks\", host=\"db-1\") < 0",
    "nodata(item(\"load\"), 5m) or error_rate > 0.9",
};

TEST(RuleColumnsTest, TruthsAreThoseOfEachSample) {
  std::mt19937 random(1);
  for (const auto& expr : kExpressions) {
    const Rule rule = RuleWith(expr);
    for (std::size_t hosts = 0; hosts <= kMostHosts; ++hosts) {
      const World world(rule, hosts, random);
      std::vector<Truth> truths(kSamples);
      rule.EvaluateTruths(world.Metrics(), world.hosts, truths);
      for (std::size_t i = 0; i < kSamples; ++i) {
        const Truth alone = world.At(i, [&](const auto& metrics, const auto& of_hosts) {
          return rule.EvaluateTruth(metrics, of_hosts);
        });
        ASSERT_EQ(truths[i], alone) << expr << ", " << hosts << " hosts, sample " << i;
      }
    }
  }
}

TEST(RuleColumnsTest, RecoveriesAreThoseOfEachSample) {
  std::mt19937 random(2);
  for (const auto& expr : kExpressions) {
    const Rule rule = RuleWith("error_rate > 0.5", expr);
    for (std::size_t hosts = 0; hosts <= kMostHosts; ++hosts) {
      const World world(rule, hosts, random);
      std::vector<Truth> recoveries(kSamples);
      ASSERT_TRUE(rule.EvaluateRecoveries(world.Metrics(), world.hosts, recoveries));
      for (std::size_t i = 0; i < kSamples; ++i) {
        const auto alone = world.At(i, [&](const auto& metrics, const auto& of_hosts) {
          return rule.EvaluateRecovery(metrics, of_hosts);
        });
        ASSERT_EQ(recoveries[i], alone) << expr << ", " << hosts << " hosts, sample " << i;
      }
    }
  }
}

TEST(RuleColumnsTest, OneWithoutRecoverySaysNothing) {
  const std::vector<double> one{0.5};
  std::vector<Truth> recoveries{Truth::kUnknown};
  EXPECT_FALSE(RuleWith("error_rate > 0.5").EvaluateRecoveries({one, one, {}}, {}, recoveries));
  EXPECT_EQ(recoveries.front(), Truth::kUnknown);
}

TEST(AdvanceQuietlyTest, LeavesTheStateThatEachSampleWouldLeave) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> percent(0, 99);
  std::uniform_int_distribution<std::int64_t> spacing(0, 40);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int64_t> times{1000};
    std::vector<Truth> truths{Truth::kFalse};
    while (times.size() < static_cast<std::size_t>(1 + round)) {
      times.push_back(times.back() + 1 + spacing(random));
      const int which = percent(random);
      truths.push_back(which < 3 ? Truth::kTrue : which < 20 ? Truth::kUnknown : Truth::kFalse);
    }
    Timing timing;
    timing.for_ = std::chrono::seconds(30);
    RuleState each;
    RuleState at_once;
    for (std::size_t i = 0; i < times.size(); ++i) Advance(each, timing, times[i], truths[i]);
    std::size_t quiet = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      const std::size_t passed =
          AdvanceQuietly(at_once, std::span(times).subspan(i), std::span(truths).subspan(i));
      quiet += passed;
      i += passed;
      if (i < times.size()) Advance(at_once, timing, times[i], truths[i]);
    }
    ASSERT_EQ(ToText(at_once), ToText(each)) << "round " << round;
    EXPECT_GT(quiet, 0U);
  }
}

TEST(AdvanceQuietlyTest, SamplesThatAreLateAreLeftToAdvance) {
  RuleState state;
  state.newest = 100;
  const std::vector<std::int64_t> times{100, 110};
  const std::vector<Truth> truths{Truth::kFalse, Truth::kFalse};
  EXPECT_EQ(AdvanceQuietly(state, times, truths), 0U);
  EXPECT_EQ(state.newest, 100);
}

}  // namespace
}  // namespace mon::anomaly_detector
