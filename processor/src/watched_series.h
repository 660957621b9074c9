#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "detector/metric_watch.h"
#include "learnt.h"
#include "learnt_runs.h"

namespace mon::processor {

/// The detector of one metric, and the incidents that it has seen of late.
class WatchedSeries {
 public:
  /// `name`: "error_rate of shop", "item 44519".
  WatchedSeries(std::string name, detector::Setting setting);

  /// As if it had been given all values up to `newest`, epoch seconds.
  void Restore(detector::MetricWatch watch, std::int64_t newest);

  /// The next value. One that is not newer than the newest comes too late to be learnt, and is
  /// passed over.
  void Feed(std::int64_t time, double value);

  /// Whether the metric was within an incident at `time`: what its newest value by then said, where
  /// that is not more than `window` and two of its usual spacings earlier. Known for a day back.
  [[nodiscard]] LearntReading At(std::int64_t time, std::int64_t window) const;

  /// See MetricWatch::Accept.
  void Accept(double strength, std::int64_t said_at);

  [[nodiscard]] std::optional<std::int64_t> Newest() const { return newest_; }
  /// Usual seconds between values.
  [[nodiscard]] double Spacing() const { return watch_.Spacing(); }

  /// True where the state is to be saved: an hour or two or 200 values are not, or an incident has
  /// begun or ended.
  [[nodiscard]] bool IsDue() const { return due_ && newest_; }
  [[nodiscard]] StoredDetector State() const { return {name_, *newest_, watch_.Save()}; }
  void Saved();

  /// Drops what is longer ago than At knows.
  void Forget() { runs_.Forget(); }

 private:
  std::string name_;
  detector::MetricWatch watch_;
  std::optional<std::int64_t> newest_;
  std::optional<std::int64_t> saved_;  ///< `newest_` of what is saved
  std::size_t unsaved_ = 0;            ///< values since then
  std::int64_t save_after_ = 0;        ///< s since `saved_`
  bool due_ = false;
  LearntRuns runs_;
};

}  // namespace mon::processor
