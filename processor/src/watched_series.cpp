#include "watched_series.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

namespace mon::processor {
namespace {

using anomaly_detector::Oddity;
using anomaly_detector::Truth;

constexpr std::int64_t kHour = 3600;  // s
constexpr std::size_t kUnsavedValues = 200;
/// Longer than any sample waits for its items, and than pages of several applications are apart.
constexpr std::int64_t kRemembered = 86'400;  // s
constexpr std::size_t kMostRuns = 4'000;

/// A mean has more digits than the values that it is of.
bool IsMean(const detector::Explanation& why) {
  return why.rate || why.reason == detector::Reason::kMean ||
         why.reason == detector::Reason::kLevel;
}

/// The edge of a band, with few digits where that leaves `seen` on its side of it.
double Edge(double edge, double seen) {
  const double rounded = FourDigits(edge);
  return (edge < seen) == (rounded < seen) ? rounded : edge;
}

LearntReading ReadingOf(const std::string& series, const detector::WatchView& view) {
  if (!view.known) return {};
  if (!view.odd) return {Truth::kFalse, nullptr};
  const auto& why = view.explanation;
  const double seen = IsMean(why) ? FourDigits(why.seen) : why.seen;
  Oddity oddity{.series = series,
                .seen = seen,
                .low = Edge(why.low, seen),
                .high = Edge(why.high, seen),
                .since = why.since,
                .strength = view.strength,
                .sentence = "unusual, " + detector::Sentence(why)};
  return {Truth::kTrue, std::make_shared<const Oddity>(std::move(oddity))};
}

}  // namespace

WatchedSeries::WatchedSeries(std::string name, detector::Setting setting)
    : name_(std::move(name)), watch_(setting) {
  // An hour or two: not all of them in one pass.
  save_after_ = kHour + static_cast<std::int64_t>(std::hash<std::string>()(name_) % kHour);
}

void WatchedSeries::Restore(detector::MetricWatch watch, std::int64_t newest) {
  watch_ = std::move(watch);
  newest_ = saved_ = newest;
  runs_.clear();
  Note(std::min(watch_.ChangedAt(), newest), newest);
}

void WatchedSeries::Feed(std::int64_t time, double value) {
  if (newest_ && time <= *newest_) return;
  const bool was_odd = watch_.View().odd;
  const bool is_odd = watch_.Next(time, value).odd;
  newest_ = time;
  ++unsaved_;
  if (!saved_) saved_ = time;
  due_ = due_ || was_odd != is_odd || unsaved_ >= kUnsavedValues || time - *saved_ >= save_after_;
  Note(time, time);
}

void WatchedSeries::Note(std::int64_t first, std::int64_t last) {
  LearntReading reading = ReadingOf(name_, watch_.View());
  const bool goes_on =
      !runs_.empty() && !reading.why && runs_.back().reading.truth == reading.truth;
  if (goes_on) {
    runs_.back().last = last;
  } else {
    runs_.push_back({first, last, std::move(reading)});
  }
}

LearntReading WatchedSeries::At(std::int64_t time, std::int64_t window) const {
  const auto behind = std::ranges::upper_bound(runs_, time, {}, &Run::first);
  if (behind == runs_.begin()) return {};
  const Run& run = *std::prev(behind);
  const double reach = static_cast<double>(window) + 2 * Spacing();
  return static_cast<double>(time - run.last) <= reach ? run.reading : LearntReading{};
}

void WatchedSeries::Accept(double strength) {
  watch_.Accept(strength);
  due_ = true;
}

void WatchedSeries::Saved() {
  saved_ = newest_;
  unsaved_ = 0;
  due_ = false;
}

void WatchedSeries::Forget() {
  if (runs_.empty()) return;
  const std::int64_t oldest = runs_.back().last - kRemembered;
  auto kept = std::ranges::find_if(runs_, [&](const Run& run) { return run.last >= oldest; });
  if (runs_.size() > kMostRuns) {
    kept = std::max(kept, runs_.end() - static_cast<std::ptrdiff_t>(kMostRuns));
  }
  runs_.erase(runs_.begin(), kept);
}

}  // namespace mon::processor
