#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "detector/metric_detector.h"
#include "items.h"
#include "learnt.h"
#include "watched_host.h"

namespace mon::processor {

/// The detectors of hosts that rules with odd(host) ask about. As Detectors they pull what they
/// need: what one says at a time depends on what is stored up to then. Its rows are the full
/// multiples of the median spacing of the host's items, a minute at least; it is not asked before
/// the host has been read so far, so that each row is whole. One that nobody knows begins with what
/// is stored of two weeks, or of so much less that it is a million values.
class HostDetectors {
 public:
  explicit HostDetectors(detector::Setting setting = {}) : setting_(setting) {}

  /// Before a pass. `store`: what earlier passes have saved, or null; it must outlive the pass.
  /// `past_values`: so many values of the past the pass reads for all of them, give or take one
  /// host; the others are unknown until the next one. `accepted`: what people have said was normal.
  void Begin(DetectorStore* store, std::int64_t past_values, std::vector<AcceptedOddity> accepted);

  /// One for each of `times`, ascending: of the newest row that is not later than `window` behind
  /// it. `items`: the numeric ones of one host, not empty.
  [[nodiscard]] Result<std::vector<LearntReading>> OfHost(std::span<const RelatedItem* const> items,
                                                          std::chrono::seconds window,
                                                          std::span<const std::int64_t> times,
                                                          ItemSource& source);

  /// As Detectors.
  [[nodiscard]] std::vector<StoredDetector> Due() const;
  [[nodiscard]] std::vector<AcceptedOddity> Accepted() const;
  void Saved();
  void Forget();
  void Clear();

 private:
  using Series = std::vector<HostSeries>;
  struct Entry {
    std::optional<WatchedHost> host;           ///< none: nothing was asked of it yet
    std::map<std::uint64_t, double> spacings;  ///< by itemid
    std::int64_t measured_at = 0;              ///< epoch seconds; when they were
    std::int64_t accepted_at = 0;              ///< AcceptedOddity::said_at of the last one
    std::int64_t asked = 0;                    ///< as of Detectors
  };

  static Result<void> Measure(Entry& entry, Series& items, std::int64_t now, ItemSource& source);
  Result<void> Make(Entry& entry, Series& items, ItemSource& source);
  void Accept(Entry& entry) const;
  Result<void> Load(WatchedHost& host, Series& items, ItemSource& source);
  Result<void> CatchUp(WatchedHost& host, Series& items, std::int64_t to, ItemSource& source);

  detector::Setting setting_;
  DetectorStore* store_ = nullptr;
  std::map<std::uint64_t, Entry> hosts_;  ///< by hostid
  std::vector<AcceptedOddity> accepted_;
  std::int64_t asked_ = 0;
  std::int64_t budget_ = 0;
};

}  // namespace mon::processor
