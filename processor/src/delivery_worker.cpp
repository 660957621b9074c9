#include "delivery_worker.h"

#include <utility>

namespace mon::processor {

DeliveryWorker::DeliveryWorker(DeliveryCommand command, const std::stop_token& stop,
                               std::function<void(const Result<int>&)> done)
    : command_(std::move(command)),
      done_(std::move(done)),
      thread_([this](const std::stop_token& own) { Work(own); }),
      on_stop_(stop, [this] { thread_.request_stop(); }) {}

DeliveryWorker::~DeliveryWorker() = default;

void DeliveryWorker::Request() {
  {
    const std::lock_guard lock(mutex_);
    if (running_) return;
    wanted_ = true;
  }
  wake_.notify_one();
}

bool DeliveryWorker::Running() {
  const std::lock_guard lock(mutex_);
  return running_;
}

void DeliveryWorker::Work(const std::stop_token& stop) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return wanted_; })) return;
      wanted_ = false;
      running_ = true;
    }
    const auto code = RunDelivery(command_, stop);
    done_(code);
    const std::lock_guard lock(mutex_);
    running_ = false;
  }
}

}  // namespace mon::processor
