#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "common/error.h"

namespace mon::data_aggregator {

/// One thing at a time that must not hold its caller up. The destructor does as End.
class BackgroundTask {
 public:
  using Work = std::function<Result<void>(std::stop_token)>;

  /// Only while not Busy.
  void Start(Work work);
  /// Started, and its outcome not yet taken.
  [[nodiscard]] bool Busy() const { return thread_.joinable(); }
  /// What became of it; nullopt while it is at work, `limit` at the most.
  [[nodiscard]] std::optional<Result<void>> Take(std::chrono::milliseconds limit = {});
  /// Asks it to stop and waits. What became of it; nullopt where it was not Busy.
  std::optional<Result<void>> End();

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Result<void>> outcome_;
  std::jthread thread_;  // last: uses the others
};

}  // namespace mon::data_aggregator
