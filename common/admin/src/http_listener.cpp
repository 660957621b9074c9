#include "http_listener.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

namespace mon::admin {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono_literals::operator""s;

constexpr int kBacklog = 128;
constexpr std::size_t kMostClients = 128;  // further ones wait in the backlog
constexpr std::size_t kLongestHead = 8192;
constexpr auto kPatience = 2s;  // with one client, all in all

/// A listening socket, or -1 with errno, which is 0 where the name is unknown.
int Listen(const HostPort& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string host = address.host.empty() ? "0.0.0.0" : address.host;
  const std::string port = std::to_string(address.port);
  errno = 0;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) {
    errno = 0;
    return -1;
  }
  int listener = -1;
  int error = 0;
  for (const addrinfo* a = found; a != nullptr && listener < 0; a = a->ai_next) {
    listener = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener >= 0 && bind(listener, a->ai_addr, a->ai_addrlen) == 0 &&
        listen(listener, kBacklog) == 0) {
      break;
    }
    error = errno;
    if (listener >= 0) close(std::exchange(listener, -1));
  }
  freeaddrinfo(found);
  errno = error;
  return listener;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXSERV> port{};
  // The socket interface of C takes every kind of address by one pointer type.
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(socket, any, &size) != 0 ||
      getnameinfo(any, size, nullptr, 0, port.data(), port.size(), NI_NUMERICSERV) != 0) {
    return 0;
  }
  return std::stoi(port.data());
}

}  // namespace

struct HttpListener::Client {
  int socket = -1;
  SteadyClock::time_point until;  ///< then it is cut off
  std::string received = {};
  std::string answer = {};  ///< empty while the request is not whole
  std::size_t sent = 0;     ///< of the answer
  bool draining = false;    ///< answered: waits for the client to close
};

Result<std::unique_ptr<HttpListener>> HttpListener::Start(const HostPort& address,
                                                          std::string_view listen,
                                                          Handler handler) {
  const int socket = Listen(address);
  if (socket >= 0) {
    return std::unique_ptr<HttpListener>(
        new HttpListener(socket, PortOf(socket), std::move(handler)));
  }
  const int error = errno;
  const ErrorCode code = error == EADDRINUSE ? ErrorCode::kUnavailable : ErrorCode::kConfig;
  return Fail(code, fmt::format("listen on {}: {}", listen,
                                error == 0 ? "unknown address" : std::strerror(error)));
}

HttpListener::HttpListener(int socket, int port, Handler handler)
    : socket_(socket),
      port_(port),
      stop_event_(eventfd(0, EFD_CLOEXEC)),
      handler_(std::move(handler)),
      thread_([this] { Run(); }) {}

HttpListener::~HttpListener() {
  eventfd_write(stop_event_, 1);
  thread_.join();
  for (const Client& client : clients_) close(client.socket);
  close(socket_);
  close(stop_event_);
}

void HttpListener::Run() {
  std::vector<pollfd> events;
  while (true) {
    events = {{stop_event_, POLLIN, 0}, {clients_.size() < kMostClients ? socket_ : -1, POLLIN, 0}};
    for (const Client& client : clients_) {
      const bool sending = !client.answer.empty() && !client.draining;
      events.push_back({client.socket, static_cast<short>(sending ? POLLOUT : POLLIN), 0});
    }
    // Only slow clients have to be looked at before something happens.
    poll(events.data(), events.size(), clients_.empty() ? -1 : 100);
    if (events[0].revents != 0) return;
    const auto now = SteadyClock::now();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      Client& client = clients_[i];
      const bool moved = events[i + 2].revents != 0;
      if ((!moved || Serve(client)) && now < client.until) continue;
      close(std::exchange(client.socket, -1));
    }
    std::erase_if(clients_, [](const Client& client) { return client.socket < 0; });
    if (events[1].revents != 0) Accept();
  }
}

void HttpListener::Accept() {
  while (clients_.size() < kMostClients) {
    const int socket = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    clients_.push_back({.socket = socket, .until = SteadyClock::now() + kPatience});
  }
}

/// Does what can be done without waiting; false where the connection has come to its end.
bool HttpListener::Serve(Client& client) const {
  if (client.answer.empty() || client.draining) {
    std::array<char, 4096> bytes;
    const ssize_t got = recv(client.socket, bytes.data(), bytes.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    if (client.draining) return true;
    client.received.append(bytes.data(), static_cast<std::size_t>(got));
    client.answer = AnswerTo(client.received);
    if (client.answer.empty()) return true;
  }
  const ssize_t sent = send(client.socket, client.answer.data() + client.sent,
                            client.answer.size() - client.sent, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  client.sent += static_cast<std::size_t>(sent);
  if (client.sent < client.answer.size()) return true;
  // Closed at once, with something unread, the connection would be reset and the answer lost.
  shutdown(client.socket, SHUT_WR);
  client.draining = true;
  return true;
}

/// Empty while the request is not whole.
std::string HttpListener::AnswerTo(std::string_view received) const {
  const std::size_t end = EndOfHead(received);
  if (end == std::string_view::npos) {
    return received.size() <= kLongestHead ? "" : Serialize({.status = 431}, false);
  }
  const HttpRequest request = ParseRequest(received.substr(0, end));
  if (request.refused != 0) return Serialize({.status = request.refused}, false);
  try {
    return Serialize(handler_(request.path), request.head_only);
  } catch (const std::exception&) {
    return Serialize({.status = 500}, request.head_only);
  }
}

}  // namespace mon::admin
