#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace mon::processor {

/// `[########            ]  40 %  4000 of 10000 rows, 12s left`.
[[nodiscard]] std::string ProgressText(std::size_t done, std::size_t total,
                                       std::chrono::seconds elapsed);

/// How far long work is, on standard error where that is a terminal; elsewhere nothing. The line is
/// wiped at the end.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  [[nodiscard]] bool IsShown() const { return is_shown_; }
  void Show(std::size_t done, std::size_t total);

 private:
  bool is_shown_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point drawn_;
  bool is_drawn_ = false;
};

}  // namespace mon::processor
