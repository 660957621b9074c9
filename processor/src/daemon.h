#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "daemon/daemon.h"
#include "delivery_worker.h"
#include "memory.h"
#include "mysql/lease.h"
#include "mysql/pool.h"
#include "processor/processor.h"
#include "setup.h"
#include "summary.h"

namespace mon::processor {

/// The passes of a daemon: keeps connection and lease between them, and gets both again after a
/// loss.
class Passes final : public daemon::Work {
 public:
  /// `stop`: of the program, so that a delivery under way drains beside the pass at hand.
  Passes(RunOptions options, const std::stop_token& stop);
  ~Passes() override;

  Result<void> Use(std::shared_ptr<const LoadedConfig> loaded) override;

  /// One pass, or one attempt to become the one that makes passes.
  daemon::Login RunCycle(const std::stop_token& stop,
                         const std::function<void()>& progress) override;

  void End() override;

 private:
  Result<void> Connect(const std::stop_token& stop);
  void Disconnect();
  Result<void> BecomeActive();
  Result<Summary> Pass(const std::stop_token& stop, const std::function<void()>& progress);
  void Report(const Error& error);
  void OnDelivered(const Result<int>& code);

  RunOptions options_;
  std::shared_ptr<const LoadedConfig> loaded_;
  std::optional<Setup> setup_;       ///< of `loaded_`
  std::optional<mysql::Pool> pool_;  ///< of one: the thread of the passes
  std::optional<mysql::Pool::Lent> connection_;
  std::optional<mysql::Lease> lease_;
  std::optional<Memory> memory_;
  std::string last_error_;
  std::string delivery_error_;  ///< the last one told; of the worker's thread
  DeliveryWorker worker_;       ///< last: its thread uses the others
};

}  // namespace mon::processor
