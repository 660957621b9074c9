#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace mon::data_aggregator {

/// A stop token that is triggered by another one or when the time is up, whichever comes first.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds limit, std::stop_token outer)
      : relay_(std::move(outer), [this] { source_.request_stop(); }),
        timer_([this, limit](const std::stop_token& over) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any wake;
          wake.wait_for(lock, over, limit, [] { return false; });
          if (!over.stop_requested()) source_.request_stop();
        }) {}

  [[nodiscard]] std::stop_token Token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> relay_;
  std::jthread timer_;
};

}  // namespace mon::data_aggregator
