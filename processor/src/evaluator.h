#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/error.h"
#include "items.h"
#include "processor/evaluation.h"
#include "processor/sample.h"

namespace mon::processor {

/// How far the sources of some items are; times in epoch seconds.
struct SourceProgress {
  /// Up to where the aggregator has read the slowest of the hosts that it reads.
  std::optional<std::int64_t> read_until;
  /// Of the hosts that only other programs write: the newest time at which one had a value of all
  /// the items.
  std::optional<std::int64_t> newest_value;
  /// Such a value is kept nowhere else, and the next one overwrites it.
  bool overwritten = false;
  /// No related host has some of the items, and not all of them have been read: they may come yet.
  bool missing = false;

  /// Takes the sources of further items into account.
  void Include(const SourceProgress& other);
};

/// Evaluates rules on samples, joined with the items that the rule names: per item the value
/// nearest to the sample within the window. `items` must outlive it.
class Evaluator {
 public:
  Evaluator(ItemSource& items, std::chrono::seconds window) : items_(&items), window_(window) {}

  /// One answer for each of `samples`, which belong to `application` and are sorted by time.
  [[nodiscard]] Result<std::vector<Evaluation>> Evaluate(const anomaly_detector::Rule& rule,
                                                         const std::string& application,
                                                         std::span<const Sample> samples);

  /// How far the sources of the items that `rule` names are.
  [[nodiscard]] Result<SourceProgress> Progress(const anomaly_detector::Rule& rule,
                                                const std::string& application);

  [[nodiscard]] std::chrono::seconds Window() const { return window_; }

 private:
  Result<SourceProgress> ProgressOfHosts(std::span<const RelatedItem> related);

  ItemSource* items_;
  std::chrono::seconds window_;
};

}  // namespace mon::processor
