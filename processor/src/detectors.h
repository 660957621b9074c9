#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/error.h"
#include "detector/metric_watch.h"
#include "items.h"
#include "learnt.h"
#include "predictions.h"
#include "processor/sample.h"
#include "sample_reader.h"

namespace mon::processor {

/// The detectors of all metrics that rules with odd(…) ask about, each at its newest value.
///
/// They pull what they need: a detector that is asked about a time is first given, in the order of
/// time, all values up to it that it has not seen. So what it says depends on the stored values
/// alone, and not on passes, pages or the number of rules. A value that is older than one it has
/// seen comes too late to be learnt, and is unknown. One that nobody knows yet begins with what is
/// stored of the time before.
///
/// States are saved every so often (see Due), not with each value: what has come since then is
/// stored, and learnt again by whoever loads the state. Between passes of one process they stay in
/// memory, about 10 KB each. Call Clear where a pass failed, or somebody else may have had the
/// lease: then they have seen what was not committed, or not seen what was.
class Detectors {
 public:
  explicit Detectors(detector::Setting setting = {}) : setting_(setting) {}

  /// Before a pass. `store` may be null: then all begin anew. It must outlive the pass.
  [[nodiscard]] Result<void> Begin(DetectorStore* store);
  /// Loads the states of these metrics of applications in one go.
  [[nodiscard]] Result<void> Prefetch(anomaly_detector::Source metric,
                                      std::span<const std::string> applications);

  /// One for each of `samples`, which are of `application` and sorted by time. `history`: where
  /// those before them are; may be null.
  [[nodiscard]] Result<std::vector<OddReading>> OfMetric(anomaly_detector::Source metric,
                                                         const std::string& application,
                                                         std::span<const Sample> samples,
                                                         SampleHistory* history);

  /// For each of `items` one for each of `times`, ascending: of its newest value that is not later
  /// than a window behind the time. `windows`: one for each item; a value counts until two of the
  /// item's usual spacings have passed as well.
  [[nodiscard]] Result<std::vector<std::vector<OddReading>>> OfItems(
      std::span<const RelatedItem* const> items, std::span<const std::chrono::seconds> windows,
      std::span<const std::int64_t> times, ItemSource& source);

  /// For rules with predict(…).
  [[nodiscard]] Predictions& Forecasts() { return predictions_; }

  /// The states that are to be saved now: an hour or 200 values behind, or an incident has begun or
  /// ended.
  [[nodiscard]] std::vector<StoredDetector> Due() const;
  /// What was accepted and is in the states of Due now.
  [[nodiscard]] const std::vector<std::pair<std::string, double>>& Accepted() const {
    return accepted_;
  }
  /// What was due is saved.
  void Saved();

  void Clear();

 private:
  struct Judged {
    std::int64_t time;
    OddReading reading;
  };
  struct Series {
    detector::MetricWatch watch;
    std::optional<std::int64_t> newest;
    std::optional<std::int64_t> saved;  ///< `newest` of what is saved
    std::size_t unsaved = 0;            ///< values since then
    bool due = false;
    bool followed = false;       ///< in this process: nothing stored is missing before `newest`
    std::vector<Judged> recent;  ///< ascending
  };

  Result<void> Load(std::span<const std::string> series);
  Series& Of(const std::string& name);
  void Feed(const std::string& name, Series& series, std::int64_t time, double value);
  Result<void> CatchUp(anomaly_detector::Source metric, const std::string& name, Series& series,
                       std::span<const Sample> samples, SampleHistory& history);
  Result<void> CatchUp(std::span<const RelatedItem* const> items, std::int64_t to,
                       ItemSource& source);

  detector::Setting setting_;
  Predictions predictions_;
  DetectorStore* store_ = nullptr;
  std::map<std::string, Series> series_;
  std::vector<std::pair<std::string, double>> accepted_;
  std::int64_t budget_ = 0;  ///< values of the past that this pass may still read
};

}  // namespace mon::processor
