#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "detector/alert_machine.h"
#include "detector/calibrator.h"
#include "detector/clock.h"
#include "detector/level.h"
#include "detector/metric_detector.h"

namespace mon::detector {

/// A metric of a host, by a number of its own, in a row.
struct HostValue {
  std::uint64_t metric = 0;
  double value = 0;  ///< NaN for a gap
};

/// What a metric did when its host was found odd.
struct HostPart {
  std::uint64_t metric = 0;
  double share = 0;  ///< of the whole, 0 to 1
  double low = 0;    ///< what is usual of it
  double high = 0;
  double seen = 0;
};

/// What is known of a host at its newest row. Of an incident all but `mean` is as it was when it
/// was raised.
struct HostView {
  bool known = false;           ///< false: nothing to judge, or still learning
  bool odd = false;             ///< within an incident
  std::size_t metrics = 0;      ///< that were judged
  std::size_t unusual = 0;      ///< of them, outside of what is usual of each
  std::vector<HostPart> parts;  ///< the largest shares first, at most kMostParts
  double mean = 0;              ///< how far the metrics are from their usual, on average
  double limit = 0;             ///< of that mean
  std::int64_t since = 0;       ///< epoch seconds
  double strength = 0;          ///< 1: about once a month
};

/// Watches all metrics of a host as one, by the measure of RowDetector: the mean, over the metrics
/// that have a value, of how far each is from its hour and from its value before. Where many move
/// at once, none need be far off. Other than there, metrics may come and go: each learns by itself,
/// and has a part in the mean from when it has learnt on; what was missing for two weeks is
/// forgotten.
///
/// An incident lasts from the row that was raised until most of the metrics that had the largest
/// shares in it are nearer to what is usual of them than to what they showed then, for a day at
/// most: a level that stays is the usual one by then.
///
/// About 10 KB a metric. The same rows give the same bits, also over a Save and a Load in between.
/// Copyable; not synchronised.
class HostWatch {
 public:
  static constexpr std::size_t kMostParts = 10;

  explicit HostWatch(Setting setting = {}) : setting_(setting) {}

  /// `time`: epoch seconds, not before the one before. `row`: ascending by metric; a metric that is
  /// not in it is missing.
  const HostView& Next(std::int64_t time, std::span<const HostValue> row);
  /// What Next said last; nothing is known before the first row.
  [[nodiscard]] const HostView& View() const { return view_; }
  /// The row since which it is known, or not, and within an incident, or not, as it is now.
  [[nodiscard]] std::int64_t ChangedAt() const { return changed_at_; }

  /// As MetricWatch.
  void Accept(double strength, std::int64_t said_at);

  /// The state: of the host as a whole, and of each metric by itself, so that those that come and
  /// go are kept and dropped one by one.
  [[nodiscard]] std::string Save() const;
  [[nodiscard]] std::map<std::uint64_t, std::string> SaveMetrics() const;
  /// `metrics`: of the same moment as `state`; one that is not among them begins anew. Errors:
  /// kInvalidData for bytes that Save of this version has not written.
  [[nodiscard]] static Result<HostWatch> Load(
      std::string_view state, const std::map<std::uint64_t, std::string_view>& metrics,
      Setting setting = {});

  /// Of the host as a whole.
  template <typename Archive>
  void Visit(Archive& archive);

 private:
  struct Metric {
    explicit Metric(Setting setting) : detector(setting) {}
    template <typename Archive>
    void Visit(Archive& archive) {
      archive(detector, usual, newest);
    }

    MetricDetector detector;
    Level usual;              ///< of its values, for the words
    std::int64_t newest = 0;  ///< epoch seconds of its last value
  };
  /// Of a metric in the newest row, before that row was learnt.
  struct Seen {
    std::uint64_t metric;
    double value, center, spread, deviation, blame;
  };

  std::vector<Seen> Take(std::int64_t time, std::span<const HostValue> row);
  void Raise(std::int64_t time, std::span<const Seen> seen, double strength);
  [[nodiscard]] bool GoesOn(std::int64_t time, std::span<const HostValue> row) const;

  Setting setting_;
  std::map<std::uint64_t, Metric> metrics_;
  Clock clock_;  ///< of the rows
  Calibrator calibrator_;
  AlertMachine machine_;
  HostView view_;
  std::int64_t newest_ = 0;
  std::int64_t changed_at_ = 0;
};

}  // namespace mon::detector
