// The join of two series of sorted times, next to one merge loop over bare arrays. Gaps are
// Poisson's: no branch can be guessed, which is the hard case.

#include "correlator/join.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace {

using mon::correlator::IndexRange;
using mon::correlator::kNoMatch;
using Times = std::vector<std::int64_t>;

constexpr std::int64_t kWindow = 10;  // s
constexpr double kMeanGap = 5;        // s

Times MakeTimes(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> gap(1 / kMeanGap);
  Times times(count);
  double at = 1'750'000'000;
  for (std::int64_t& time : times) time = static_cast<std::int64_t>(at += gap(random));
  return times;
}

struct Input {
  explicit Input(const benchmark::State& state)
      : samples(MakeTimes(static_cast<std::size_t>(state.range(0)), 1)),
        clocks(MakeTimes(samples.size(), 2)) {}
  Times samples;
  Times clocks;
};

void JoinNearest(benchmark::State& state) {
  const Input input(state);
  std::vector<std::size_t> nearest(input.samples.size());
  for (auto _ : state) {
    mon::correlator::JoinNearest(input.samples, input.clocks, std::chrono::seconds(kWindow),
                                 nearest);
    benchmark::DoNotOptimize(nearest.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void JoinAll(benchmark::State& state) {
  const Input input(state);
  std::vector<IndexRange> ranges(input.samples.size());
  for (auto _ : state) {
    mon::correlator::JoinAll(input.samples, input.clocks, std::chrono::seconds(kWindow), ranges);
    benchmark::DoNotOptimize(ranges.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// One step a comparison; knows nothing of equal times or of the ends of the range of an int64.
void MergeLoop(benchmark::State& state) {
  const Input input(state);
  std::vector<std::size_t> nearest(input.samples.size());
  for (auto _ : state) {
    const std::int64_t* a = input.samples.data();
    const std::int64_t* b = input.clocks.data();
    const std::size_t n = input.samples.size();
    const std::size_t m = input.clocks.size();
    for (std::size_t i = 0, j = 0; i < n;) {
      if (j < m && b[j] < a[i]) {
        ++j;
        continue;
      }
      const std::int64_t after = j < m ? b[j] - a[i] : kWindow + 1;
      const std::int64_t before = j > 0 ? a[i] - b[j - 1] : kWindow + 1;
      std::size_t best = before <= after ? j - 1 : j;
      if (std::min(before, after) > kWindow) best = kNoMatch;
      nearest[i++] = best;
    }
    benchmark::DoNotOptimize(nearest.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// NOLINTBEGIN: the library's macros
BENCHMARK(JoinNearest)->Arg(100'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(JoinAll)->Arg(100'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(MergeLoop)->Arg(100'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);
// NOLINTEND

}  // namespace
