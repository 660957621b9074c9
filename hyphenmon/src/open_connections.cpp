#include "open_connections.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <filesystem>
#include <optional>

#include "common/text.h"

namespace mon::hyphenmon {
namespace {

/// The port of a TCP socket's own end; nothing for any other descriptor.
std::optional<int> OwnPort(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return std::nullopt;
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return ntohs(v6.sin6_port);
  }
  return std::nullopt;
}

}  // namespace

void ShutDownConnections(int port) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const auto fd = ParseInt(entry.path().filename().string());
    if (!fd) continue;
    const int number = static_cast<int>(*fd);
    if (OwnPort(number) == port) shutdown(number, SHUT_RDWR);
  }
}

}  // namespace mon::hyphenmon
