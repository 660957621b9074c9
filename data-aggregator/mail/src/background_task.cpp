#include "data_aggregator/background_task.h"

#include <utility>

namespace mon::data_aggregator {

void BackgroundTask::Start(Work work) {
  outcome_.reset();
  thread_ = std::jthread([this, work = std::move(work)](const std::stop_token& stop) {
    auto outcome = work(stop);
    const std::scoped_lock lock(mutex_);
    outcome_ = std::move(outcome);
    done_.notify_all();
  });
}

std::optional<Result<void>> BackgroundTask::Take(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (!done_.wait_for(lock, limit, [this] { return outcome_.has_value(); })) return std::nullopt;
  lock.unlock();
  thread_.join();
  return std::exchange(outcome_, std::nullopt);
}

std::optional<Result<void>> BackgroundTask::End() {
  if (!Busy()) return std::nullopt;
  thread_.request_stop();
  thread_.join();
  return std::exchange(outcome_, std::nullopt);
}

}  // namespace mon::data_aggregator
