#pragma once

#include <span>
#include <string>

#include "common/config.h"
#include "common/error.h"
#include "daemon/daemon.h"
#include "data_aggregator/part.h"
#include "metrics/metrics.h"
#include "mysql/membership.h"
#include "session.h"

namespace mon::data_aggregator {

/// What a daemon reads that shares the targets with others: mysql::Membership, in their
/// terms. Errors of its calls are those of the session, which recovers from them.
class OurShare {
 public:
  /// At the start of a beat, after the session got ready.
  [[nodiscard]] Result<void> Begin(Session& session);

  /// While no work is under way: gives up what others are to have, and sees whether they have given
  /// up what we are to have. True where our part has changed by that.
  [[nodiscard]] Result<bool> Settle(Session& session);

  /// True where nothing more is to come, as long as the members stay.
  [[nodiscard]] bool Settled() const { return membership_.Now().Settled(); }

  [[nodiscard]] bool OwnsAny() const { return membership_.Now().OwnsAny(); }

  /// All that is ours. These refer to this object.
  [[nodiscard]] Part Ours() const;
  /// What was not yet ours before the last `Settle`.
  [[nodiscard]] Part Gained() const;
  /// While the database is away: what was ours last; all where we have never reached it, for what
  /// nobody reads is lost, and what two read is stored once.
  [[nodiscard]] Part WhileAway() const;

  [[nodiscard]] std::string Text() const { return membership_.Text(); }

  /// Sets the metrics, logs how many of the applications are ours where that has changed, and says
  /// whether it has.
  bool Tell(std::span<const ApplicationConfig> applications, Metrics& metrics);

 private:
  mysql::Membership membership_;
  std::string told_;
};

}  // namespace mon::data_aggregator
