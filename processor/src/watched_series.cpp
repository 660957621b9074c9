#include "watched_series.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace mon::processor {
namespace {

using anomaly_detector::Oddity;
using anomaly_detector::Truth;

constexpr std::size_t kUnsavedValues = 200;

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
  save_after_ = SaveAfter(name_);
}

void WatchedSeries::Restore(detector::MetricWatch watch, std::int64_t newest) {
  watch_ = std::move(watch);
  newest_ = saved_ = newest;
  runs_.Clear();
  runs_.Note(std::min(watch_.ChangedAt(), newest), newest, ReadingOf(name_, watch_.View()));
}

void WatchedSeries::Feed(std::int64_t time, double value) {
  if (newest_ && time <= *newest_) return;
  const bool was_odd = watch_.View().odd;
  const bool is_odd = watch_.Next(time, value).odd;
  newest_ = time;
  ++unsaved_;
  if (!saved_) saved_ = time;
  due_ = due_ || was_odd != is_odd || unsaved_ >= kUnsavedValues || time - *saved_ >= save_after_;
  runs_.Note(time, time, ReadingOf(name_, watch_.View()));
}

LearntReading WatchedSeries::At(std::int64_t time, std::int64_t window) const {
  return runs_.At(time, static_cast<double>(window) + 2 * Spacing());
}

void WatchedSeries::Accept(double strength, std::int64_t said_at) {
  watch_.Accept(strength, said_at);
  due_ = true;
}

void WatchedSeries::Saved() {
  saved_ = newest_;
  unsaved_ = 0;
  due_ = false;
}

}  // namespace mon::processor
