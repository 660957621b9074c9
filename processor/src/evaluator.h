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
#include "sample.h"

namespace mon::processor {

/// What a rule says about one sample.
struct Evaluation {
  anomaly_detector::Truth truth = anomaly_detector::Truth::kUnknown;
  anomaly_detector::Comparison deciding;  ///< where it is true
  std::vector<std::string> hosts;         ///< names of the hosts a rule with items is true for
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

  /// Up to where every source of the items that `rule` names has been read, epoch seconds: by the
  /// aggregator's record of the host, else by the newest value of those items. nullopt: no related
  /// host has such an item, so there is nothing to wait for.
  [[nodiscard]] Result<std::optional<std::int64_t>> ReadUntil(const anomaly_detector::Rule& rule,
                                                              const std::string& application);

  [[nodiscard]] std::chrono::seconds Window() const { return window_; }

 private:
  ItemSource* items_;
  std::chrono::seconds window_;
};

}  // namespace mon::processor
