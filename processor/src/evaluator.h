#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "anomaly_detector/rule.h"
#include "batch.h"
#include "common/config.h"
#include "common/error.h"
#include "evaluations.h"
#include "items_ahead.h"
#include "processor/sample.h"
#include "recent_samples.h"

namespace mon::processor {

class Detectors;

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
  /// The widest join window of the items.
  std::chrono::seconds window{0};

  /// Takes the sources of further items into account.
  void Include(const SourceProgress& other);
};

/// Evaluates rules on samples, joined with the items that the rule names: per item the value
/// nearest to the sample within the window, or what a function makes of the values over a span.
/// `items` must outlive it.
class Evaluator {
 public:
  /// `detectors`: for odd(…), which is unknown without them. `contexts`: which items have another
  /// window. Both must outlive it.
  Evaluator(ItemSource& items, std::chrono::seconds window, Detectors* detectors = nullptr,
            std::span<const ContextConfig> contexts = {})
      : items_(items), window_(window), detectors_(detectors), contexts_(contexts) {}

  /// Where the samples before those that it is given are found, for spans that reach so far: in
  /// `recent`, else in `history`. Null: only those that it is given are there. They must outlive
  /// their use.
  void UseHistory(SampleHistory* history, const RecentSamples* recent = nullptr) {
    history_ = history;
    recent_ = recent;
    read_on_demand_ = {};
    items_.Forget();
    layouts_.clear();
    layout_count_ = 0;
  }

  /// Reads at once the items that `rules` will ask for on all of `portion`; what reaches far is
  /// read when it is asked for. What was read ahead before is forgotten.
  [[nodiscard]] Result<void> ReadAhead(std::span<const anomaly_detector::Rule> rules,
                                       const Portion& portion);
  /// What ReadAhead reads: for who reads it elsewhere, and hands it over by UseItems.
  [[nodiscard]] Result<ItemsAhead::Stretch> WantedAhead(
      std::span<const anomaly_detector::Rule> rules, const Portion& portion);
  void UseItems(ItemsAhead::Known items) { items_.Use(std::move(items)); }

  /// `samples` belong to `application` and are sorted by time.
  [[nodiscard]] Result<Evaluations> Evaluate(const anomaly_detector::Rule& rule,
                                             const std::string& application,
                                             std::span<const Sample> samples);
  /// The same of a series that several rules are evaluated on.
  [[nodiscard]] Result<Evaluations> Evaluate(const anomaly_detector::Rule& rule,
                                             std::shared_ptr<const SampleSeries> series);

  /// How far the sources of the items that `rule` names are.
  [[nodiscard]] Result<SourceProgress> Progress(const anomaly_detector::Rule& rule,
                                                const std::string& application);

  [[nodiscard]] std::chrono::seconds Window() const { return window_; }

 private:
  struct LayoutsOfRule {
    anomaly_detector::Rule rule;  ///< so that no other one comes to be where this one is
    std::unordered_map<std::string, std::shared_ptr<const Layout>> by_application;
  };
  struct Stretch {
    std::string application;
    std::int64_t from = 0;
    std::int64_t to = -1;
    std::vector<Sample> samples;
  };

  /// Kept while the page is at hand: they are asked for several times.
  Result<std::shared_ptr<const Layout>> LayoutOf(const anomaly_detector::Rule& rule,
                                                 const std::string& application);
  Result<SourceProgress> ProgressOfHost(const std::vector<const RelatedItem*>& items);
  Result<SourceProgress> ProgressOfHosts(std::span<const RelatedItem> related);
  Result<std::span<const Sample>> Stored(const std::string& application, std::int64_t from,
                                         std::int64_t to);

  ItemsAhead items_;
  std::chrono::seconds window_;
  Detectors* detectors_;
  std::span<const ContextConfig> contexts_;
  SampleHistory* history_ = nullptr;
  const RecentSamples* recent_ = nullptr;
  Stretch read_on_demand_;  ///< the newest one
  std::map<const RuleConfig*, LayoutsOfRule> layouts_;
  std::size_t layout_count_ = 0;
};

}  // namespace mon::processor
