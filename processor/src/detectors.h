#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/error.h"
#include "detector/metric_watch.h"
#include "host_detectors.h"
#include "items.h"
#include "learnt.h"
#include "predictions.h"
#include "processor/sample.h"
#include "sample_reader.h"
#include "watched_series.h"

namespace mon::processor {

/// The detectors of all metrics that rules with odd(…) ask about, each at its newest value.
///
/// They pull what they need: a detector that is asked about a time is first given, in the order of
/// time, all stored values up to it that it has not seen. So what it says depends on what is stored
/// when it is asked, and not on passes, pages or the number of rules. A value that comes when it
/// has seen newer ones is not learnt by a process that goes on; one that loads the state learns it
/// where it is newer than that. One that nobody knows yet begins with what is stored of the time
/// before.
///
/// States are saved every so often (see WatchedSeries::IsDue), not with each value: what has come
/// since then is stored, and learnt again by whoever loads the state. Between passes of one process
/// they stay in memory, about 10 KB each, until nobody has asked about them for a day. Call Clear
/// where a pass failed, or somebody else may have had the lease: then they have seen what was not
/// committed, or not seen what was.
class Detectors {
 public:
  explicit Detectors(detector::Setting setting = {}) : setting_(setting), hosts_(setting) {}

  /// So many values of the past a pass reads for detectors that are new or far behind: of metrics
  /// and items together, of hosts, and for predictions. The others are unknown until the next one.
  static constexpr std::int64_t kPastOfPass = 2'000'000;
  /// Where nobody waits for the pass.
  static constexpr std::int64_t kAllOfThePast = std::numeric_limits<std::int64_t>::max();

  /// Before a pass. `store` may be null: then all begin anew. It must outlive the pass.
  [[nodiscard]] Result<void> Begin(DetectorStore* store, std::int64_t past_values = kPastOfPass);
  /// Loads the states of these metrics of applications in one go.
  [[nodiscard]] Result<void> Prefetch(anomaly_detector::Source metric,
                                      std::span<const std::string> applications);

  /// One for each of `samples`, which are of `application` and sorted by time. `history`: where
  /// those before them are; may be null.
  [[nodiscard]] Result<std::vector<LearntReading>> OfMetric(anomaly_detector::Source metric,
                                                            const std::string& application,
                                                            std::span<const Sample> samples,
                                                            SampleHistory* history);

  /// For each of `items` one for each of `times`, ascending: of its newest value that is not later
  /// than `window` behind the time, for as long before it and two of the item's usual spacings.
  [[nodiscard]] Result<std::vector<std::vector<LearntReading>>> OfItems(
      std::span<const RelatedItem* const> items, std::chrono::seconds window,
      std::span<const std::int64_t> times, ItemSource& source);

  /// For rules with predict(…).
  [[nodiscard]] Predictions& Forecasts() { return predictions_; }

  /// For rules with odd(host).
  [[nodiscard]] HostDetectors& Hosts() { return hosts_; }

  /// The states and predictions that are to be saved.
  [[nodiscard]] std::vector<StoredDetector> Due() const;
  /// What was accepted and is in the states of Due, or in saved ones.
  [[nodiscard]] std::vector<AcceptedOddity> Accepted() const;
  /// What was due is saved; a page is done with.
  void Saved();
  /// Drops what nobody asks about any more: between pages.
  void Forget();

  void Clear();

 private:
  struct Entry {
    explicit Entry(WatchedSeries watched) : series(std::move(watched)) {}
    WatchedSeries series;
    /// Of a metric: in this process nothing stored is missing before the newest value.
    bool followed = false;
    std::optional<std::int64_t> read_until;  ///< of an item: all that is stored up to there
    std::int64_t accepted_at = 0;            ///< AcceptedOddity::said_at of the last one
    std::int64_t asked = 0;                  ///< the newest time that it was asked about
  };
  /// An item that has values to be read.
  struct Behind {
    const RelatedItem* item;
    Entry* entry;
    std::int64_t from;
    std::int64_t values;  ///< about so many
    bool far;             ///< charged to the budget
  };

  Result<void> Load(std::span<const std::string> names);
  Entry& Of(const std::string& name);
  Entry& Ask(const std::string& name, std::int64_t time);
  Result<void> CatchUp(anomaly_detector::Source metric, const std::string& application,
                       Entry& entry, std::span<const Sample> samples, SampleHistory& history);
  Result<void> CatchUp(std::span<const RelatedItem* const> items, std::span<Entry* const> entries,
                       std::int64_t to, ItemSource& source);
  Result<std::vector<Behind>> FindBehind(std::span<const RelatedItem* const> items,
                                         std::span<Entry* const> entries, std::int64_t to,
                                         ItemSource& source);
  Result<void> Read(std::span<const Behind> behind, std::int64_t to, ItemSource& source);

  detector::Setting setting_;
  Predictions predictions_;
  HostDetectors hosts_;
  DetectorStore* store_ = nullptr;
  std::map<std::string, Entry> entries_;
  std::vector<AcceptedOddity> accepted_;
  std::int64_t asked_ = 0;             ///< the newest time that any was asked about
  std::int64_t budget_ = kPastOfPass;  ///< values of the past that this pass may still read
};

}  // namespace mon::processor
