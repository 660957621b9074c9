#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "mysql/connection.h"

namespace mon::data_aggregator {

/// Ends a statement of another session that has waited for half a second to get a table
/// (error 1317 for that session). What it works on without waiting may take as long as it takes.
class LockWatch {
 public:
  /// Watches the session `id` by a session of its own, of the same account.
  LockWatch(mysql::Connection connection, std::uint64_t id);
  ~LockWatch();
  LockWatch(const LockWatch&) = delete;
  LockWatch& operator=(const LockWatch&) = delete;

  void Begin();  ///< a statement begins
  /// It has ended. True if it was told to end: where it had just done so by itself, that may hit
  /// the next one.
  bool End();

 private:
  void Run(const std::stop_token& stop);
  bool WaitsForTable();

  mysql::Connection connection_;
  std::uint64_t id_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool active_ = false;
  bool told_ = false;
  std::jthread thread_;
};

}  // namespace mon::data_aggregator
