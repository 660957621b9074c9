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
#include "mysql/membership.h"
#include "mysql/pool.h"
#include "parts.h"
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

  /// One pass, or one attempt to become the one that makes passes; where others share the work,
  /// several of some seconds, until nothing is new.
  daemon::Login RunCycle(const std::stop_token& stop,
                         const std::function<void()>& progress) override;

  void End() override;

 private:
  Result<void> Connect(const std::stop_token& stop);
  void Disconnect();
  Result<void> BecomeActive();
  Result<void> TakeParts();
  daemon::Login RunPassOfCycle(const std::stop_token& stop, const std::function<void()>& progress);
  Result<Summary> Pass(const std::stop_token& stop, const std::function<void()>& progress);
  Result<void> Tell(Summary& summary, const std::stop_token& stop,
                    const std::function<void()>& progress);
  void TellStanding();
  void Report(const Error& error);
  void OnDelivered(const Result<int>& code);

  RunOptions options_;
  std::shared_ptr<const LoadedConfig> loaded_;
  std::optional<Setup> setup_;       ///< of `loaded_`
  std::optional<mysql::Pool> pool_;  ///< of one: the thread of the passes
  std::optional<mysql::Pool::Lent> connection_;
  std::optional<mysql::Lease> lease_;
  std::optional<mysql::Membership> membership_;  ///< where several daemons share the applications
  Parts parts_ = AllParts();                     ///< that are ours
  std::optional<Memory> memory_;
  bool goes_on_ = false;  ///< the pass was ended for a look at the others
  std::string standing_;  ///< the last one told
  std::string last_error_;
  bool failing_ = false;
  std::string delivery_error_;  ///< the last one told; of the worker's thread
  DeliveryWorker worker_;       ///< last: its thread uses the others
};

}  // namespace mon::processor
