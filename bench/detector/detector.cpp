// What a value costs the detector: a metric, a row of metrics, and its state on the way to the
// database and back. Values have a day's rhythm, noise, and an incident now and then.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "detector/metric_detector.h"
#include "detector/row_detector.h"

namespace {

using mon::detector::MetricDetector;
using mon::detector::RowDetector;

constexpr std::int64_t kBegin = 1'750'000'000;
constexpr std::int64_t kSpacing = 60;        // s
constexpr std::size_t kValues = 14 * 1'440;  // two weeks, again and again
constexpr std::size_t kMetrics = 38;

std::vector<double> Values() {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, 2);
  std::vector<double> values(kValues);
  for (std::size_t i = 0; i < kValues; ++i) {
    const double day = 2 * std::numbers::pi * static_cast<double>(i) / 1'440;
    values[i] = 50 + 20 * std::sin(day) + noise(random) + (i % 5'000 < 30 ? 40 : 0);
  }
  return values;
}

void Metric(benchmark::State& state) {
  const auto values = Values();
  MetricDetector detector;
  std::int64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        detector.Next(kBegin + i * kSpacing, values[static_cast<std::size_t>(i) % values.size()]));
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}

void Row(benchmark::State& state) {
  const auto values = Values();
  RowDetector detector(kMetrics);
  std::vector<double> row(kMetrics);
  std::int64_t i = 0;
  for (auto _ : state) {
    for (std::size_t metric = 0; metric < kMetrics; ++metric)
      row[metric] = values[(static_cast<std::size_t>(i) + metric * 500) % values.size()];
    benchmark::DoNotOptimize(detector.Next(kBegin + i++ * kSpacing, row));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMetrics));
}

void SaveAndLoad(benchmark::State& state) {
  const auto values = Values();
  MetricDetector detector;
  for (std::size_t i = 0; i < values.size(); ++i)
    detector.Next(kBegin + static_cast<std::int64_t>(i) * kSpacing, values[i]);
  for (auto _ : state) {
    const std::string saved = detector.Save();
    auto loaded = MetricDetector::Load(saved);
    if (!loaded) std::abort();
    benchmark::DoNotOptimize(*loaded);
  }
  state.SetItemsProcessed(state.iterations());
}

// NOLINTBEGIN: the library's macros
BENCHMARK(Metric);
BENCHMARK(Row);
BENCHMARK(SaveAndLoad);
// NOLINTEND

}  // namespace
