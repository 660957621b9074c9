#include "support/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace mon::test {

NotifySocket::NotifySocket(std::string name)
    : name_(std::move(name)), socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name_.data(), name_.size());
  if (name_.starts_with('@')) address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    throw std::runtime_error("cannot bind " + name_);
  }
}

NotifySocket::~NotifySocket() {
  close(socket_);
  if (!name_.starts_with('@')) unlink(name_.c_str());
}

std::string NotifySocket::Read(std::chrono::milliseconds limit) const {
  pollfd readable{socket_, POLLIN, 0};
  if (poll(&readable, 1, static_cast<int>(limit.count())) <= 0) return {};
  std::array<char, 4096> buffer{};
  const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
  return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

}  // namespace mon::test
