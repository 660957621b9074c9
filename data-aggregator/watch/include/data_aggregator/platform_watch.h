#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "common/config.h"
#include "common/error.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "watch/watch.h"

namespace mon::data_aggregator {

/// Watches what the processor cannot tell: whether the processor is at work, and whether mails go
/// out. Mails about it are sent at once, past the outbox, once when a problem begins and once when
/// it ends; what is open is kept in table `watches`, so that a run from cron knows it. A repeat
/// after a crash has the same Message-ID. While all is well the heartbeat URL is asked.
///
/// Mail and heartbeat go out in the background: a slow server holds no cycle up. Use from one
/// thread.
class PlatformWatch {
 public:
  /// `config` must outlive it.
  explicit PlatformWatch(const Config& config);
  ~PlatformWatch();
  PlatformWatch(const PlatformWatch&) = delete;
  PlatformWatch& operator=(const PlatformWatch&) = delete;

  /// One look, after a cycle that was stored. `lease` is the aggregator's: its holder alone
  /// watches. Gives what was found of "processor" and "mail", which may not be told yet. Errors:
  /// those of the database.
  [[nodiscard]] Result<std::map<std::string, watch::Finding>> Look(mysql::Connection& connection,
                                                                   const mysql::Lease& lease);

  /// Waits for what is under way, at most so long, then cuts it short, and records what became of
  /// it: for a run that ends.
  [[nodiscard]] Result<void> Finish(mysql::Connection& connection, const mysql::Lease& lease,
                                    std::chrono::milliseconds limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::data_aggregator
