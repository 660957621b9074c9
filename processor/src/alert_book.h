#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "anomaly_detector/rule_state.h"
#include "common/error.h"
#include "processor/alert.h"

namespace mon::processor {

/// Where the state machine of one rule on one application stands.
struct TrackedState {
  anomaly_detector::RuleState state;
  std::shared_ptr<Alert> open;  ///< set exactly while the rule is firing
  bool changed = false;
};

/// A row of `rule_states` with the alert it points to.
struct StoredState {
  std::string rule;
  std::string application;
  anomaly_detector::RuleState state;
  std::unique_ptr<Alert> open;
};

/// Reads what earlier passes recorded.
struct AlertStore {
  virtual ~AlertStore() = default;
  [[nodiscard]] virtual Result<std::vector<StoredState>> LoadStates(
      std::span<const std::string> applications) = 0;
  /// The recorded incidents that have an instant in common with `candidate`, of the same rule and
  /// application, oldest first.
  [[nodiscard]] virtual Result<std::vector<Alert>> LoadOverlapping(const Alert& candidate) = 0;
  /// The incidents of `applications`, of whatever rule, that began in the last 30 days before `to`
  /// and lasted at `from` or began later. Epoch seconds; oldest first.
  [[nodiscard]] virtual Result<std::vector<Alert>> LoadAround(
      std::span<const std::string> applications, std::int64_t from, std::int64_t to) = 0;
  /// Those that are not `judged`, oldest first.
  [[nodiscard]] virtual Result<std::vector<Alert>> LoadTold() = 0;
};

/// What a pass knows and changes: the states and alerts of the applications in its pages. In memory
/// alone, and written at the end of each page; in a dry run it is not written at all. `store` must
/// outlive it.
///
/// An aggregator that is cut off from the database tells incidents by itself, and records them (not
/// `judged`) before it stores their samples. When those come, the incident that they show is
/// recognised as the one that was told, so that nobody is told of it twice.
class AlertBook {
 public:
  explicit AlertBook(AlertStore& store) : store_(&store) {}

  /// Call before the other functions. What it knows already it does not read again.
  [[nodiscard]] Result<void> Load(std::span<const std::string> applications);

  /// Ends the open alerts of rules that `is_configured` does not know any more, those that were
  /// told as well: nothing would ever resolve them.
  void EndAbandoned(const std::function<bool(const std::string& rule)>& is_configured);

  /// The state, a fresh one for a rule that has seen nothing of this application.
  [[nodiscard]] TrackedState& StateOf(const std::string& rule, const std::string& application);

  /// Reads the recorded incidents that overlap `span`, for Overlapping.
  [[nodiscard]] Result<void> LoadOverlapping(const Alert& span);
  /// Recorded incidents and those of this page that overlap `candidate`, oldest first. `candidate`
  /// lies within a span that was loaded.
  [[nodiscard]] std::vector<std::shared_ptr<Alert>> Overlapping(const Alert& candidate) const;

  /// As AlertStore::LoadAround, with those of this page.
  [[nodiscard]] Result<std::vector<Alert>> Around(std::span<const std::string> applications,
                                                  std::int64_t from, std::int64_t to) const;

  /// Adds a new incident.
  void Add(std::shared_ptr<Alert> alert);

  /// Who stands for an incident that samples show: one that was told of it, else `seen` itself.
  /// What was told keeps its times and words; it takes over the peak, and an end that it has not.
  std::shared_ptr<Alert> Recognize(const std::shared_ptr<Alert>& seen);
  /// Call when all samples were judged. What was told of `applications` is done with where they are
  /// beyond it; where they have not shown it at all, it is over.
  void EndTold(std::span<const std::string> applications);

  /// What was changed is recorded now: goes on with the states, and the alerts that are open. Where
  /// these are very many, they are forgotten, and read again by who asks for them.
  void Recorded();
  /// From now on what was changed is as if it were recorded: new alerts have ids, below 0.
  void Settle();

  using Key = std::pair<std::string, std::string>;  // rule, application
  [[nodiscard]] std::map<Key, TrackedState>& States() { return states_; }
  [[nodiscard]] const std::vector<std::shared_ptr<Alert>>& Alerts() const { return alerts_; }

 private:
  std::shared_ptr<Alert> Known(Alert alert);
  /// Those of the rule and the application of `alert`.
  [[nodiscard]] std::span<const std::shared_ptr<Alert>> Like(const Alert& alert) const;

  void Unchanged();

  AlertStore* store_;
  std::set<std::string> loaded_;  // applications
  std::map<Key, TrackedState> states_;
  std::vector<std::shared_ptr<Alert>> alerts_;                // one object for each incident
  std::map<Key, std::vector<std::shared_ptr<Alert>>> alike_;  // the same; thousands may be open
};

}  // namespace mon::processor
