#pragma once

#include <stop_token>

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

}  // namespace mon
