#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "anomaly_detector/rule.h"
#include "columns.h"
#include "layout.h"
#include "processor/evaluation.h"
#include "processor/incident_run.h"
#include "sample_series.h"

namespace mon::processor {

/// What a rule says about samples of one application: their truths, which are found for all of them
/// at once, and all there is to say about the few that somebody asks about. The samples and the
/// items behind the layout must outlive it.
class Evaluations {
 public:
  Evaluations(const anomaly_detector::Rule& rule, std::shared_ptr<const SampleSeries> series,
              std::shared_ptr<const Layout> layout);

  /// The columns of the next `count` samples, by the layout.
  void Add(std::size_t count, Columns columns);

  [[nodiscard]] std::span<const anomaly_detector::Truth> Truths() const { return truths_; }
  [[nodiscard]] Evaluation At(std::size_t sample) const;

  /// Moves `run` by all the samples.
  void Feed(IncidentRun& run) const;

 private:
  struct Part {
    std::size_t first = 0;  ///< of the samples
    Columns columns;
  };

  [[nodiscard]] Evaluation InFull(std::size_t sample) const;

  anomaly_detector::Rule rule_;
  std::shared_ptr<const SampleSeries> series_;
  std::shared_ptr<const Layout> layout_;
  std::vector<anomaly_detector::Truth> truths_;
  std::vector<anomaly_detector::Truth> recoveries_;  ///< empty, where the rule has none
  std::vector<Part> parts_;
};

}  // namespace mon::processor
