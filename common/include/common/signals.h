#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace mon {

/// Turns SIGTERM and SIGINT into a stop token, and ignores SIGPIPE.
///
/// Construct it in main before any thread starts: the signals are blocked in every thread and taken
/// by one thread of its own, so no code of ours ever runs inside a signal handler. A second SIGINT
/// ends the process at once.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  [[nodiscard]] std::stop_token Token() const;

 private:
  struct Impl;
  Impl* impl_;
};

/// Turns SIGHUP into a request to load the configuration again. For a daemon alone: any other run
/// ends with its terminal. Construct it before any thread starts but that of StopSignals.
class ReloadSignal {
 public:
  ReloadSignal();
  ~ReloadSignal();  ///< SIGHUP stays without effect
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;

  /// Waits for a request, until `deadline` or `stop` at the longest. True where there is one; it is
  /// taken by that, however often it came.
  [[nodiscard]] bool WaitUntil(std::chrono::steady_clock::time_point deadline,
                               const std::stop_token& stop);

 private:
  void Watch();

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool requested_ = false;
  bool closing_ = false;
  std::thread watcher_;
};

/// Ends the process, with exit code 0 and a warning, where it is still at the same work `limit`
/// after it was asked to stop.
///
/// For work on a database, which may stand in a call that nothing interrupts: a wait for somebody's
/// lock, a server that does not answer. An open transaction is then rolled back by the server. Not
/// for work that must not be cut off.
class StopLimit {
 public:
  explicit StopLimit(std::stop_token stop,
                     std::chrono::milliseconds limit = std::chrono::seconds(4));
  ~StopLimit();  ///< the work is done
  StopLimit(const StopLimit&) = delete;
  StopLimit& operator=(const StopLimit&) = delete;

 private:
  void Watch(const std::stop_token& stop, std::chrono::milliseconds limit);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool done_ = false;
  std::thread watcher_;
};

}  // namespace mon
