#pragma once

#include <chrono>
#include <string>

#include "common/clock.h"
#include "common/config.h"
#include "data_aggregator/away_watch.h"
#include "data_aggregator/drop_watch.h"
#include "data_aggregator/edge.h"
#include "data_aggregator/spool.h"

namespace mon::data_aggregator {

/// What a run does by itself where the database does not help: all of it lies beside the spool, and
/// under its lock.
struct Offline {
  /// `config` must outlive it.
  explicit Offline(const Config& config);

  /// After a cycle. `error`: why the database did not take what came; empty: it did.
  void Tell(const std::string& error, const Spool& spool, TimePoint now);

  /// Waits for mails that are under way, at most so long in all: for a run that ends.
  void Finish(std::chrono::milliseconds limit);

  Edge edge;
  DropWatch drops;
  AwayWatch away;
};

}  // namespace mon::data_aggregator
