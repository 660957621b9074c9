#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "anomaly_detector/rule.h"
#include "columns.h"
#include "layout.h"
#include "processor/evaluation.h"
#include "processor/incident_run.h"
#include "processor/sample.h"

namespace mon::processor {

/// What a rule says about samples of one application: their truths, which are found for all of them
/// at once, and all there is to say about the few that somebody asks about. The samples and the
/// items behind `layout` must outlive it.
class Evaluations {
 public:
  Evaluations(const anomaly_detector::Rule& rule, std::span<const Sample> samples, Layout layout);

  /// The columns of the next `count` samples, by the layout.
  void Add(std::size_t count, Columns columns);

  [[nodiscard]] std::size_t Size() const { return samples_.size(); }
  [[nodiscard]] std::span<const std::int64_t> Times() const { return times_; }
  [[nodiscard]] std::span<const anomaly_detector::Truth> Truths() const { return truths_; }
  [[nodiscard]] Evaluation At(std::size_t sample) const;

 private:
  struct Part {
    std::size_t first = 0;  ///< of the samples
    Columns columns;
  };

  [[nodiscard]] Evaluation InFull(std::size_t sample) const;

  anomaly_detector::Rule rule_;
  std::span<const Sample> samples_;
  Layout layout_;
  std::vector<std::int64_t> times_;
  std::vector<anomaly_detector::Truth> truths_;
  std::vector<anomaly_detector::Truth> recoveries_;  ///< empty, where the rule has none
  std::vector<Part> parts_;
};

/// Moves `run` by all `samples`, which are those of `evaluations`.
void Feed(IncidentRun& run, std::span<const Sample> samples, const Evaluations& evaluations);

}  // namespace mon::processor
