#include "common/service_notifier.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "common/text.h"

namespace mon {

namespace {

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::optional<std::chrono::microseconds> WatchdogOfEnvironment() {
  // Children inherit the variables, which are not meant for them.
  const std::string_view pid = Variable("WATCHDOG_PID");
  if (!pid.empty() && ParseInt(pid) != getpid()) return std::nullopt;
  const auto time = ParseInt(Variable("WATCHDOG_USEC"));
  if (!time || *time <= 0) return std::nullopt;
  return std::chrono::microseconds(*time);
}

}  // namespace

ServiceNotifier::ServiceNotifier()
    : address_(Variable("NOTIFY_SOCKET")), watchdog_(WatchdogOfEnvironment()) {
  const bool is_address = address_.starts_with('/') || address_.starts_with('@');
  if (!is_address || address_.size() >= sizeof(sockaddr_un::sun_path)) address_.clear();
  if (address_.empty()) return;
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // A manager that does not read must not hold up the daemon.
  const timeval limit{.tv_sec = 1, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

ServiceNotifier::~ServiceNotifier() {
  if (socket_ >= 0) close(socket_);
}

void ServiceNotifier::Ready() const { Send("READY=1"); }

void ServiceNotifier::Reloading() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now);
  Send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", micros.count()));
}

void ServiceNotifier::Stopping() const { Send("STOPPING=1"); }

void ServiceNotifier::Status(std::string_view text) const {
  Send(fmt::format("STATUS={}", EscapeControls(CleanUtf8(text, 1024))));
}

void ServiceNotifier::Alive() const {
  if (watchdog_) Send("WATCHDOG=1");
}

void ServiceNotifier::Send(std::string_view message) const {
  if (socket_ < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  socklen_t length = sizeof address;
  if (address_.front() == '@') {
    // An abstract name begins with a zero byte, and its length counts.
    address.sun_path[0] = '\0';
    length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  }
  // The socket interface of C takes every kind of address by one pointer type.
  (void)sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace mon
