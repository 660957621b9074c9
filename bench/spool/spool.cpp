// The spool: samples to the disk and from it again, next to one write and fdatasync of as many
// bytes. In the directory of $TMPDIR, /tmp by default.

#include "data_aggregator/spool.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/rows.h"

namespace {

using namespace mon;  // NOLINT: a program of one file
using data_aggregator::Spool;

class Directory {
 public:
  Directory() {
    std::string path = std::filesystem::temp_directory_path() / "bench-spool-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) std::abort();
    path_ = path;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const std::filesystem::path& Path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<ApplicationSample> Samples(std::size_t count) {
  const bench::Rows rows{.series = count, .from = 1'750'000'000};
  std::vector<ApplicationSample> samples;
  for (std::size_t i = 0; i < count; ++i) samples.push_back(rows.Sample(i));
  return samples;
}

/// Added, read and freed: what a batch costs that waited.
void ThroughTheSpool(benchmark::State& state) {
  const Directory directory;
  const TimePoint now = SystemClock().Now();
  const auto spool = bench::Need(Spool::Open(directory.Path(), SpoolConfig{}, now));
  const auto samples = Samples(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    bench::Need(spool->Append(samples, now));
    const auto oldest = bench::Need(spool->Oldest(samples.size(), now));
    if (oldest.size() != samples.size()) std::abort();
    bench::Need(spool->Free(oldest.back().sequence, {}));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void Append(benchmark::State& state) {
  const Directory directory;
  const TimePoint now = SystemClock().Now();
  const auto spool = bench::Need(Spool::Open(directory.Path(), SpoolConfig{}, now));
  const auto samples = Samples(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) bench::Need(spool->Append(samples, now));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// 64 bytes a sample, which is what a record takes.
void WriteAndSync(benchmark::State& state) {
  const Directory directory;
  const int file = open((directory.Path() / "file").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  const std::string bytes(static_cast<std::size_t>(state.range(0)) * 64, 'x');
  for (auto _ : state) {
    if (write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        fdatasync(file) != 0)
      std::abort();
  }
  close(file);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// NOLINTBEGIN: the library's macros
BENCHMARK(WriteAndSync)->Arg(1)->Arg(128)->Arg(10'000)->UseRealTime();
BENCHMARK(Append)->Arg(1)->Arg(128)->Arg(10'000)->UseRealTime();
BENCHMARK(ThroughTheSpool)->Arg(1)->Arg(128)->Arg(10'000)->UseRealTime();
// NOLINTEND

}  // namespace
