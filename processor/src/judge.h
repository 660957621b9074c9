#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "alert_book.h"
#include "anomaly_detector/rule.h"
#include "evaluator.h"
#include "sample_reader.h"

namespace mon::processor {

/// Decides what samples mean for one rule: which incidents begin and end, and what late samples
/// change. Decisions go into the book; nothing is written. What it is given must outlive it.
///
/// New samples move the state forward. A late one, whose time the state has passed already (it
/// committed late, or replaces a value that was judged), never moves it back: see replay.h and
/// reconcile.h.
class Judge {
 public:
  Judge(Evaluator& evaluator, SampleHistory& history, AlertBook& book,
        std::chrono::milliseconds expected_spacing)
      : evaluator_(&evaluator),
        history_(&history),
        book_(&book),
        expected_spacing_(expected_spacing) {}

  /// `samples` are of `application`, sorted by time, one a second.
  [[nodiscard]] Result<void> Samples(std::span<const anomaly_detector::Rule> rules,
                                     const std::string& application,
                                     std::span<const Sample> samples);

  [[nodiscard]] std::size_t LateSamples() const { return late_; }

 private:
  Result<void> New(const anomaly_detector::Rule& rule, TrackedState& tracked,
                   std::shared_ptr<const SampleSeries> series);
  Result<void> Late(const anomaly_detector::Rule& rule, const std::string& application,
                    TrackedState& tracked, std::span<const Sample> samples);

  Evaluator* evaluator_;
  SampleHistory* history_;
  AlertBook* book_;
  std::chrono::milliseconds expected_spacing_;
  std::size_t late_ = 0;
};

}  // namespace mon::processor
