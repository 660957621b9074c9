#pragma once

#include <span>
#include <string>

#include "common/config.h"
#include "common/error.h"
#include "daemon/daemon.h"
#include "data_aggregator/part.h"
#include "metrics/metrics.h"
#include "mysql/share.h"
#include "session.h"

namespace mon::data_aggregator {

/// What a daemon reads that shares the targets with others: mysql::Share, with the rows of the
/// leases behind it. Errors of its calls are those of the session, which recovers from them.
class OurShare {
 public:
  /// At the start of a beat, after the session got ready.
  [[nodiscard]] Result<void> Begin(Session& session);

  /// While no work is under way: gives up what others are to have, and sees whether they have given
  /// up what we are to have. True where our part has changed by that.
  [[nodiscard]] Result<bool> Settle(Session& session);

  /// True where nothing more is to come, as long as the members stay.
  [[nodiscard]] bool Settled() const { return share_.Settled(); }

  [[nodiscard]] bool OwnsAny() const { return share_.OwnsAny(); }
  [[nodiscard]] bool First() const { return share_.First(); }

  /// All that is ours. These refer to this object.
  [[nodiscard]] Part Ours() const;
  /// What was not yet ours before the last `Settle`.
  [[nodiscard]] Part Gained() const;
  /// While the database is away: what was ours last; all where we have never reached it, for what
  /// nobody reads is lost, and what two read is stored once.
  [[nodiscard]] Part WhileAway() const;

  /// "member 2 of 3", or what it waits for.
  [[nodiscard]] std::string Text() const;

  /// Sets the metrics, logs how many of the applications are ours where that has changed, and says
  /// whether it has.
  bool Tell(std::span<const ApplicationConfig> applications, Metrics& metrics);

 private:
  Result<void> Look(Session& session);

  mysql::Share share_;
  mysql::Share before_;  ///< before the last `Settle`
  std::string told_;
};

}  // namespace mon::data_aggregator
