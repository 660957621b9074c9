#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "delivery.h"

namespace mon::processor {

/// Runs deliveries beside a daemon's passes, one at a time: a mail server that hangs for twenty
/// seconds must not hold back the judging of samples.
class DeliveryWorker {
 public:
  /// `done` is called in the worker's thread with what became of each delivery. When `stop` is
  /// requested, one under way is asked to drain, and none is begun.
  DeliveryWorker(DeliveryCommand command, const std::stop_token& stop,
                 std::function<void(const Result<int>&)> done);
  ~DeliveryWorker();  ///< asks a running delivery to drain and waits for it
  DeliveryWorker(const DeliveryWorker&) = delete;
  DeliveryWorker& operator=(const DeliveryWorker&) = delete;

  /// Wants a delivery; nothing where one is running, which will find the mails that are due.
  void Request();
  [[nodiscard]] bool Running();

 private:
  void Work(const std::stop_token& stop);

  DeliveryCommand command_;
  std::function<void(const Result<int>&)> done_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool wanted_ = false;
  bool running_ = false;
  std::jthread thread_;  // uses those above
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace mon::processor
