#include "connections.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "socket_stream.h"

namespace mon::hyphenmon {
namespace {

int Checked(int fd) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll");
  return fd;
}

}  // namespace

Connections::Connections(std::size_t threads, std::chrono::seconds keep_alive, Serve serve)
    : keep_alive_(keep_alive),
      serve_(std::move(serve)),
      epoll_(Checked(epoll_create1(EPOLL_CLOEXEC))),
      stop_(Checked(eventfd(0, EFD_CLOEXEC))) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = stop_}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_, &event);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Connections::~Connections() {
  shutdown();
  close(epoll_);
  close(stop_);
}

void Connections::Add(int socket) {
  Await(socket, EPOLL_CTL_ADD);
  EndIdle();
}

void Connections::Await(int socket, int operation) {
  const std::scoped_lock lock(mutex_);
  open_[socket] = Clock::now();
  if (stopping_) ::shutdown(socket, SHUT_RDWR);
  // One event for one thread; the next request is waited for when this one has been answered.
  epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.fd = socket}};
  if (epoll_ctl(epoll_, operation, socket, &event) == 0) return;
  open_.erase(socket);
  close(socket);
}

void Connections::Close(int socket) {
  const std::scoped_lock lock(mutex_);  // its number is another's as soon as it is closed
  open_.erase(socket);
  ::shutdown(socket, SHUT_RDWR);
  close(socket);
}

bool Connections::ServeRequests(int socket) const {
  SocketStream stream(socket);
  do {
    if (!serve_(stream)) return false;
  } while (stream.HoldsMore());
  return true;
}

void Connections::Work() {
  for (;;) {
    epoll_event event{};
    if (epoll_wait(epoll_, &event, 1, -1) < 1) continue;  // a signal
    const int socket = event.data.fd;
    if (socket == stop_) return;
    {
      const std::scoped_lock lock(mutex_);
      open_[socket].reset();
    }
    if (ServeRequests(socket))
      Await(socket, EPOLL_CTL_MOD);
    else
      Close(socket);
  }
}

void Connections::EndIdle() {
  const auto now = Clock::now();
  const std::scoped_lock lock(mutex_);
  if (now - idle_ended_ < std::chrono::seconds(1)) return;
  idle_ended_ = now;
  const auto oldest = now - keep_alive_;
  for (const auto& [socket, since] : open_)
    if (since && *since < oldest) ::shutdown(socket, SHUT_RDWR);  // a thread sees it, and closes it
}

void Connections::shutdown() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const auto& [socket, since] : open_) ::shutdown(socket, SHUT_RDWR);
  }
  eventfd_write(stop_, 1);
  threads_.clear();  // waits for them
  for (const auto& [socket, since] : std::exchange(open_, {})) close(socket);
}

}  // namespace mon::hyphenmon
