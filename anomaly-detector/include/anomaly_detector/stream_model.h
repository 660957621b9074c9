#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace mon::anomaly_detector {

/// What a model says about one line of a stream.
struct Score {
  double score = 0;            ///< 0 to 1; above 0.5 is an alert
  std::vector<double> shares;  ///< of each metric in the score: 0 to 1, sum 1, or all 0
};

/// Scores a stream of one or several metrics, line by line, in the order they come.
class StreamModel {
 public:
  virtual ~StreamModel() = default;

  /// `timestamp` in epoch seconds; `values` one per metric, NaN for a gap. Only gaps: score 0.
  /// `score` is filled anew; handing the same one in again saves its allocation.
  virtual void Next(std::int64_t timestamp, std::span<const double> values, Score& score) = 0;
};

/// The fixed limit: above 0.5 where a value is strictly above its limit, else at most 0.5.
///
/// With s = |limit| (1 where the limit is 0) and d = value - limit, a metric scores
///
///     d > 0:   0.5 + 0.5 * d / (d + s)      0.75 at twice the limit, 1 in the end
///     d <= 0:  0.5 * s / (s - d)            0.5 at the limit, 0.25 at nought, 0 in the end
///
/// which grows with the value and does not depend on its unit. The line's score is that of the
/// worst metric. Shares: of the metrics above their limit by how far their score is above 0.5, all
/// others 0; where none is above, by their score.
///
/// `limits`: one per metric, finite.
[[nodiscard]] std::unique_ptr<StreamModel> MakeThresholdModel(std::vector<double> limits);

/// The detector that learns (detector/metric_detector.h, and for several metrics
/// detector/row_detector.h): above 0.5 where an alert is raised, which is once an incident.
///
/// `dims`: metrics a line. `alerts_per_month`: false alerts to put up with, of each metric; above
/// 0.
[[nodiscard]] std::unique_ptr<StreamModel> MakeAdaptiveModel(std::size_t dims,
                                                             double alerts_per_month);

}  // namespace mon::anomaly_detector
