#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "anomaly_detector/finding.h"
#include "anomaly_detector/rule_state.h"
#include "common/config.h"
#include "processor/evaluation.h"
#include "processor/sample.h"

namespace mon::processor {

/// A row of `alert_events`.
struct AlertEvent {
  std::string kind;  ///< fired, resolved, late_data
  std::int64_t event_time = 0;
  std::string detail;
  bool operator==(const AlertEvent&) const = default;
};

/// An item that did something around the beginning of an incident that it does not do otherwise, or
/// an application that is called and did.
struct MovedItem {
  std::uint64_t itemid = 0;
  /// Not empty: `key` is a metric of this application, which the one of the alert calls; empty
  /// where it is told for its own alert alone. The members about items are empty.
  std::string application;
  std::string host, key, name, units;
  std::string sentence;  ///< "CPU load on web-1 rose to 12.4 from a usual 0.8–1.5, 40 s before …"
  double value = 0;      ///< its most unusual one, at `clock`
  std::int64_t clock = 0;
  double usual_low = 0, usual_high = 0;
  std::int64_t first_offset_seconds = 0;  ///< from the beginning to its first unusual value
  double p_value = 1;                     ///< the chance of that; see correlator/rank.h
  std::optional<ContextRole> role;        ///< what the configuration says that it is
  bool operator==(const MovedItem&) const = default;
};

/// The most likely cause first.
struct Moves {
  std::vector<MovedItem> items;
  std::size_t compared = 0;  ///< of so many items; 0: nobody has looked
  std::size_t called = 0;    ///< and of so many applications that are called
  bool operator==(const Moves&) const = default;
};

/// The first of them that is not said to be a symptom; null where there is none.
[[nodiscard]] const MovedItem* ProbableCause(const Moves& moves);

/// One incident of one rule on one application: a row of `alerts`, and what a pass has changed
/// about it. All times are event times in epoch seconds.
struct Alert {
  std::int64_t id = 0;  ///< 0: not stored yet
  std::string rule;
  std::string application;
  Severity severity = Severity::kCritical;
  std::string condition;                              ///< the rule's expression when it fired
  std::int64_t started_at = 0;                        ///< first true sample
  std::int64_t fired_at = 0;                          ///< the sample at which it fired
  std::optional<std::int64_t> ended_at;               ///< first false sample of the recovery
  Sample fired_sample;                                ///< the one of `fired_at`
  anomaly_detector::Comparison deciding;              ///< value and limit when it fired
  std::optional<double> peak;                         ///< worst value of the same metric
  std::vector<std::string> hosts;                     ///< a rule with items is true for
  std::string summary;                                ///< placeholders filled in
  std::map<std::string, std::string> labels;          ///< of the rule when it fired
  std::string description;                            ///< of the rule, placeholders filled in
  std::string owner;                                  ///< of the rule
  std::string runbook;                                ///< of the rule; URL
  std::vector<anomaly_detector::JoinedValue> joined;  ///< the machines around `fired_at`
  Moves moves;                                        ///< and what of them was unusual
  /// false: told by an aggregator that was cut off; its samples have not been judged here
  bool judged = true;

  bool changed = false;                ///< by this pass
  bool resolved_now = false;           ///< by this pass
  std::vector<AlertEvent> new_events;  ///< of this pass

  /// True where `timestamp` lies in [started_at, ended_at).
  [[nodiscard]] bool Covers(std::int64_t timestamp) const;
  /// True where the two have an instant in common.
  [[nodiscard]] bool Overlaps(const Alert& other) const;

  /// Once: an end that was told stays.
  void Resolve(std::int64_t ended, std::int64_t resolved_at);
  /// Records what late data shows, once.
  void NoteLate(std::int64_t event_time, std::string detail);
  /// Takes a further true sample into account; true where it is a new peak.
  bool Worsen(const Evaluation& evaluation);
};

/// The alert that `sample` fires.
[[nodiscard]] Alert MakeAlert(const RuleConfig& rule, const std::string& application,
                              const Sample& sample, const Evaluation& evaluation,
                              const anomaly_detector::Incident& incident);

/// `comparison.value` as people should read it, so that 0.62 is not stored as 0.6200000047683716.
[[nodiscard]] std::optional<double> ReadableValue(const anomaly_detector::Comparison& comparison);

}  // namespace mon::processor
