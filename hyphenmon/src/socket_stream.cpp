#include "socket_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mon::hyphenmon {
namespace {

bool Ready(int socket, short events) {
  pollfd watched{.fd = socket, .events = events, .revents = 0};
  return poll(&watched, 1, 0) > 0 && (watched.revents & events) != 0;
}

ssize_t Receive(int socket, char* bytes, std::size_t size) {
  ssize_t count = -1;
  do {
    count = recv(socket, bytes, size, 0);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

bool SocketStream::is_readable() const { return HoldsMore() || Ready(socket_, POLLIN); }
bool SocketStream::is_writable() const { return Ready(socket_, POLLOUT); }

ssize_t SocketStream::read(char* bytes, size_t size) {
  if (!HoldsMore()) {
    if (size >= buffer_.size()) return Receive(socket_, bytes, size);
    const ssize_t count = Receive(socket_, buffer_.data(), buffer_.size());
    if (count <= 0) return count;
    at_ = 0;
    end_ = static_cast<std::size_t>(count);
  }
  const std::size_t count = std::min(size, end_ - at_);
  std::memcpy(bytes, buffer_.data() + at_, count);
  at_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t SocketStream::write(const char* bytes, size_t size) {
  ssize_t count = -1;
  do {
    count = send(socket_, bytes, size, MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace mon::hyphenmon
