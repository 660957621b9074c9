#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "admin/admin_server.h"
#include "delivery_worker.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "processor/processor.h"
#include "setup.h"
#include "summary.h"

namespace mon::processor {

/// The passes of a daemon: keeps connection and lease between them, and gets both again after a
/// loss. One thread calls RunCycle; Ready and the metrics may be asked from others.
class Daemon {
 public:
  /// `setup` must outlive it.
  Daemon(const Setup& setup, const RunOptions& options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// One pass, or one attempt to become the one that makes passes. Never fails: what went wrong is
  /// logged when it changes, and shown by Ready.
  void RunCycle(const std::stop_token& stop);

  /// Gives the lease back, after the last cycle.
  void GiveBack();

  [[nodiscard]] std::map<std::string, admin::Dependency> Ready() const;
  [[nodiscard]] const mon::Metrics& Metrics() const { return metrics_; }

 private:
  Result<void> Connect();
  Result<void> BecomeActive();
  Result<Summary> Pass(const std::stop_token& stop);
  void Count(const Summary& summary);
  void Report(const Error& error);
  void OnDelivered(const Result<int>& code);
  void SetState(bool ok, std::string detail);

  const Setup& setup_;
  RunOptions options_;
  mon::Metrics metrics_;
  std::optional<mysql::Connection> connection_;
  std::optional<mysql::Lease> lease_;
  std::string last_error_;
  mutable std::mutex mutex_;  // guards what Ready shows
  admin::Dependency database_{false, "not connected yet"};
  admin::Dependency delivery_{true, "nothing was delivered yet"};
  DeliveryWorker worker_;  // last: its thread uses the others
};

}  // namespace mon::processor
