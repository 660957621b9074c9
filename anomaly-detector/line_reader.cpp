#include "line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mon::anomaly_detector {
namespace {

constexpr std::size_t kLongestLine = std::size_t{1} << 20U;
constexpr std::size_t kPiece = std::size_t{64} * 1024;

}  // namespace

LineReader::StopEvent::StopEvent() : descriptor(eventfd(0, EFD_CLOEXEC)) {}

LineReader::StopEvent::~StopEvent() { close(descriptor); }

LineReader::LineReader(int descriptor, std::stop_token stop,
                       std::function<Result<void>()> before_waiting)
    : descriptor_(descriptor),
      on_stop_(std::move(stop), [this] { eventfd_write(stop_event_.descriptor, 1); }),
      before_waiting_(std::move(before_waiting)) {}

Result<std::optional<std::span<char>>> LineReader::Next() {
  while (true) {
    const std::size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos) {
      const std::span line(buffer_.data() + begin_, end - begin_);
      begin_ = searched_ = end + 1;
      ++taken_;
      return line;
    }
    searched_ = buffer_.size();
    if (ended_) break;
    if (Result<void> read = Read(); !read) return std::unexpected(std::move(read).error());
  }
  const std::span rest(buffer_.data() + begin_, buffer_.size() - begin_);
  begin_ = buffer_.size();
  if (rest.empty()) return std::nullopt;
  return rest;
}

Result<void> LineReader::Read() {
  if (Result<void> handed_on = before_waiting_(); !handed_on) return handed_on;
  buffer_.erase(0, std::exchange(begin_, 0));
  searched_ = buffer_.size();
  if (buffer_.size() > kLongestLine) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("line {}: longer than {} bytes", taken_ + 1, kLongestLine));
  }
  if (!WaitForInput()) {
    // What has arrived of a line is not a line.
    buffer_.clear();
    searched_ = 0;
    ended_ = true;
    return {};
  }
  const std::size_t kept = buffer_.size();
  ssize_t got = 0;
  buffer_.resize_and_overwrite(kept + kPiece, [&](char* data, std::size_t) {
    got = read(descriptor_, data + kept, kPiece);
    return kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  });
  if (got < 0 && errno != EINTR && errno != EAGAIN) {
    return Fail(ErrorCode::kNotFound, std::strerror(errno));
  }
  ended_ = got == 0;
  return {};
}

/// False where a stop request came first.
bool LineReader::WaitForInput() const {
  std::array<pollfd, 2> events = {pollfd{descriptor_, POLLIN, 0},
                                  pollfd{stop_event_.descriptor, POLLIN, 0}};
  while (poll(events.data(), events.size(), -1) < 0 && errno == EINTR) {
  }
  return events[1].revents == 0;
}

}  // namespace mon::anomaly_detector
