#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detector/host_watch.h"
#include "items.h"
#include "learnt.h"
#include "learnt_runs.h"

namespace mon::processor {

/// The values of an item of a host that are to be learnt.
struct HostSeries {
  const RelatedItem* item = nullptr;
  double spacing = 60;  ///< usual seconds between its values
  ItemValues values;
};

/// The detector of all items of a host as one, and the incidents that it has seen of late. A row is
/// what all items show at a full multiple of `interval`: each its last value, where that is not
/// older than two and a half of its usual spacings.
class WatchedHost {
 public:
  /// `interval`: seconds, 60 at least.
  WatchedHost(std::uint64_t hostid, std::int64_t interval, detector::Setting setting);

  /// Whether a series is one of a host as a whole, or of an item as a part of it.
  [[nodiscard]] static bool IsName(std::string_view series) { return series.starts_with(kPrefix); }
  [[nodiscard]] const std::string& Name() const { return name_; }  ///< "host 10105"
  [[nodiscard]] std::string NameOf(std::uint64_t itemid) const;    ///< "host 10105 item 44519"

  /// As if it had learnt all rows up to `newest`, epoch seconds.
  void Restore(detector::HostWatch watch, std::int64_t newest, std::span<const HostSeries> items);

  /// The last value of an item before those that Learn is given.
  void Begin(std::uint64_t itemid, const ItemPoint& point);
  /// The rows from `from` to `to` that are behind the newest one. `items` have the values of that
  /// time.
  void Learn(std::span<const HostSeries> items, std::int64_t from, std::int64_t to);

  /// Whether the host was within an incident at `time`: what its newest row by then said, where
  /// that is not more than `window` and two intervals earlier. Known for a day back.
  [[nodiscard]] LearntReading At(std::int64_t time, std::int64_t window) const;

  void Accept(double strength, std::int64_t said_at);

  [[nodiscard]] std::optional<std::int64_t> Newest() const { return newest_; }
  [[nodiscard]] std::int64_t Interval() const { return interval_; }
  /// True where a row up to `time` has not been learnt.
  [[nodiscard]] bool HasRowBy(std::int64_t time) const {
    return !newest_ || time >= *newest_ + interval_;
  }

  /// As WatchedSeries.
  [[nodiscard]] bool IsDue() const { return due_ && newest_; }
  /// The host, and each of its items; all of them are saved together.
  [[nodiscard]] std::vector<StoredDetector> States() const;
  void Saved();
  void Forget() { runs_.Forget(); }

 private:
  static constexpr std::string_view kPrefix = "host ";

  void LearnRow(std::int64_t time, std::span<const HostSeries> items);
  [[nodiscard]] LearntReading Reading(std::span<const HostSeries> items);

  std::string name_;
  std::int64_t interval_;
  detector::HostWatch watch_;
  std::map<std::uint64_t, ItemPoint> last_;    ///< by itemid
  std::map<std::uint64_t, std::string> keys_;  ///< of what the incident is about, by itemid
  std::optional<std::int64_t> newest_;
  std::optional<std::int64_t> saved_;
  std::int64_t save_after_ = 0;
  bool due_ = false;
  LearntRuns runs_;
};

}  // namespace mon::processor
