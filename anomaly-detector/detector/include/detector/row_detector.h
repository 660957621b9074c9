#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "detector/metric_detector.h"

namespace mon::detector {

/// Several metrics of one thing, a host or an application, judged together: one score for a row
/// and each metric's share in it, so that an incident is one alert and says where to look.
///
/// What is judged is the mean, over the metrics that have a value, of how far each is from its
/// level of the hour and from its value before, in its standard deviations. Where many move at
/// once, each need not be far off; a single one among 38 must be very far.
class RowDetector {
 public:
  /// `metrics`: at least 1. The setting is for each metric: `metrics` times as many alerts in all.
  explicit RowDetector(std::size_t metrics, Setting setting = {});

  /// As MetricDetector::Next; `values` one for each metric. What is a gap to a metric (also a
  /// counter that begins anew) is left out of the row, and a row of nothing else is a gap and
  /// scores 0. It learns while all metrics do.
  Judgement Next(std::int64_t time, std::span<const double> values);

  /// Of the newest row: 0 to 1 for each metric, together 1; all 0 where none has a part.
  [[nodiscard]] std::span<const double> Shares() const { return shares_; }
  [[nodiscard]] const MetricDetector& Metric(std::size_t index) const { return metrics_[index]; }

  /// The metrics with the largest shares, at most `most`: "disk: usually 0.2 to 0.3, saw 0.9", of a
  /// counter its rate a second. Empty where the newest row is not odd: neither above what is raised
  /// nor what comes once a month. `names`: one for each metric.
  [[nodiscard]] std::string Sentence(std::span<const std::string> names,
                                     std::size_t most = 3) const;

  /// See MetricDetector::Accept.
  void Accept();

  [[nodiscard]] std::string Save() const;
  /// Errors: kInvalidData as MetricDetector::Load, and for another number of metrics.
  [[nodiscard]] static Result<RowDetector> Load(std::string_view state, std::size_t metrics,
                                                Setting setting = {});

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(metrics_, clock_, calibrator_, machine_, strength_, lately_);
  }

 private:
  void ShareOut();

  Setting setting_;
  std::vector<MetricDetector> metrics_;
  Clock clock_;  ///< of the rows
  Calibrator calibrator_;
  AlertMachine machine_;
  double strength_ = 0;
  double lately_ = 0;  ///< its mean over about ten rows: what has begun goes on for a while
  std::vector<double> shares_;
  double usual_ = 1;  ///< strength up to which the newest row is not odd
};

}  // namespace mon::detector
