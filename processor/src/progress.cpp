#include "progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "common/text.h"

namespace mon::processor {
namespace {

constexpr std::size_t kWidth = 30;
constexpr std::chrono::milliseconds kBetweenDrawings{100};
constexpr std::chrono::seconds kBeforeEstimate{1};
constexpr const char* kWipe = "\r\x1b[K";

}  // namespace

std::string ProgressText(std::size_t done, std::size_t total, std::chrono::seconds elapsed) {
  done = std::min(done, total);
  const double share = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(share * kWidth);
  auto text = fmt::format("[{:#<{}}{:{}}] {:3.0f} %  {} of {} rows", "", filled, "",
                          kWidth - filled, share * 100, done, total);
  if (done == 0 || done == total || elapsed < kBeforeEstimate) return text;
  const auto left =
      static_cast<std::int64_t>(static_cast<double>(elapsed.count()) / share * (1 - share));
  return text + fmt::format(", {} left", FormatDuration(std::chrono::seconds(left)));
}

ProgressBar::ProgressBar()
    : is_shown_(isatty(STDERR_FILENO) == 1), begun_(std::chrono::steady_clock::now()) {}

ProgressBar::~ProgressBar() {
  if (is_drawn_) fmt::print(stderr, "{}", kWipe);
}

void ProgressBar::Show(std::size_t done, std::size_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_shown_ || (is_drawn_ && now - drawn_ < kBetweenDrawings)) return;
  is_drawn_ = true;
  drawn_ = now;
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - begun_);
  fmt::print(stderr, "{}{}", kWipe, ProgressText(done, total, elapsed));
}

}  // namespace mon::processor
