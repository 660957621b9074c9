#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "common/error.h"

namespace mon::anomaly_detector {

/// The lines of a descriptor as they arrive.
class LineReader {
 public:
  /// `before_waiting` is called whenever all lines that have arrived are taken, before more is
  /// read: the moment to hand on what was answered. A stop request ends the lines.
  LineReader(int descriptor, std::stop_token stop, std::function<Result<void>()> before_waiting);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line without its LF, good until the next call; nothing at the end. The last line may
  /// lack its LF. Errors: kInvalidData for a line of more than 1 MiB, by its number, kNotFound
  /// where reading fails, those of `before_waiting`.
  [[nodiscard]] Result<std::optional<std::span<char>>> Next();

 private:
  /// Becomes readable at a stop request.
  struct StopEvent {
    StopEvent();
    ~StopEvent();
    StopEvent(const StopEvent&) = delete;
    StopEvent& operator=(const StopEvent&) = delete;
    int descriptor;
  };

  [[nodiscard]] Result<void> Read();
  [[nodiscard]] bool WaitForInput() const;

  int descriptor_;
  StopEvent stop_event_;  // outlives the callback, which may be under way in another thread
  std::stop_callback<std::function<void()>> on_stop_;
  std::function<Result<void>()> before_waiting_;
  std::string buffer_;
  std::size_t taken_ = 0;     ///< lines
  std::size_t begin_ = 0;     ///< of what is not taken yet
  std::size_t searched_ = 0;  ///< up to here there is no LF
  bool ended_ = false;
};

}  // namespace mon::anomaly_detector
