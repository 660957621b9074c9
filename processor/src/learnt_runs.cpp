#include "learnt_runs.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace mon::processor {
namespace {

/// Longer than any sample waits for its items, and than pages of several applications are apart.
constexpr std::int64_t kRemembered = 86'400;  // s
constexpr std::size_t kMostRuns = 4'000;

}  // namespace

void LearntRuns::Note(std::int64_t first, std::int64_t last, LearntReading reading) {
  const bool goes_on =
      !runs_.empty() && !reading.why && runs_.back().reading.truth == reading.truth;
  if (goes_on) {
    runs_.back().last = last;
  } else {
    runs_.push_back({first, last, std::move(reading)});
  }
}

LearntReading LearntRuns::At(std::int64_t time, double reach) const {
  const auto behind = std::ranges::upper_bound(runs_, time, {}, &Run::first);
  if (behind == runs_.begin()) return {};
  const Run& run = *std::prev(behind);
  return static_cast<double>(time - run.last) <= reach ? run.reading : LearntReading{};
}

void LearntRuns::Forget() {
  if (runs_.empty()) return;
  const std::int64_t oldest = runs_.back().last - kRemembered;
  auto kept = std::ranges::find_if(runs_, [&](const Run& run) { return run.last >= oldest; });
  if (runs_.size() > kMostRuns) {
    kept = std::max(kept, runs_.end() - static_cast<std::ptrdiff_t>(kMostRuns));
  }
  runs_.erase(runs_.begin(), kept);
}

}  // namespace mon::processor
