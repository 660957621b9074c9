#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerting_system/compose.h"
#include "anomaly_detector/rule_state.h"
#include "common/error.h"
#include "processor/alert.h"

namespace mon::data_aggregator {

/// How far a mail is with one recipient.
struct Delivery {
  enum class Status {
    kWaiting,    ///< nothing was sent
    kSent,       ///< the server took it
    kUncertain,  ///< under way, or broke off so that nobody knows; sent again
    kRefused,    ///< 5xx
  };
  Status status = Status::kWaiting;
  std::string reply;         ///< of the mail server, where it is not sent
  std::int64_t sent_at = 0;  ///< epoch seconds, of kSent

  /// The recipient has it, or may have it.
  [[nodiscard]] bool MayHaveArrived() const {
    return status == Status::kSent || status == Status::kUncertain;
  }
};

struct EdgeMail {
  alerting_system::ComposedMail mail;
  std::int64_t composed_at = 0;  ///< epoch seconds
  std::map<std::string, Delivery> to;

  [[nodiscard]] bool AnyMayHaveArrived() const;
};

/// An incident that began while the database was away.
struct EdgeIncident {
  std::shared_ptr<processor::Alert> alert;
  std::optional<EdgeMail> problem;  ///< none: not told yet
  std::optional<EdgeMail> recovery;

  [[nodiscard]] bool Told() const { return problem && problem->AnyMayHaveArrived(); }
};

/// What one run leaves to the next.
struct EdgeState {
  using Key = std::pair<std::string, std::string>;  ///< rule, application
  std::map<Key, anomaly_detector::RuleState> rules;
  std::vector<EdgeIncident> incidents;
  /// Our clock, epoch seconds: since when no sample has got into the database.
  std::optional<std::int64_t> away_since;
};

/// The state in `file`: an empty one where there is none, and, with a warning in the log, where it
/// cannot be read.
[[nodiscard]] EdgeState LoadEdgeState(const std::filesystem::path& file);

/// Replaces `file`. Errors: kIo.
[[nodiscard]] Result<void> SaveEdgeState(const std::filesystem::path& file, const EdgeState& state);

}  // namespace mon::data_aggregator
