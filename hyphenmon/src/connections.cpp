#include "connections.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "socket_stream.h"

namespace mon::hyphenmon {
namespace {

Descriptor Checked(int fd) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll");
  return Descriptor(fd);
}

}  // namespace

Connections::Connections(std::size_t threads, std::chrono::seconds keep_alive, Serve serve)
    : keep_alive_(keep_alive),
      serve_(std::move(serve)),
      epoll_(Checked(epoll_create1(EPOLL_CLOEXEC))),
      stop_(Checked(eventfd(0, EFD_CLOEXEC))),
      timer_(Checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))) {
  const itimerspec every_second{.it_interval = {.tv_sec = 1, .tv_nsec = 0},
                                .it_value = {.tv_sec = 1, .tv_nsec = 0}};
  timerfd_settime(timer_.Get(), 0, &every_second, nullptr);
  Watch(stop_.Get(), EPOLLIN);
  Watch(timer_.Get(), EPOLLIN | EPOLLET);  // one thread is woken, once a second
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  } catch (...) {  // the system has no more of them: those that are there wait for the end
    shutdown();
    throw;
  }
}

Connections::~Connections() { shutdown(); }

void Connections::Watch(int fd, std::uint32_t events) const {
  epoll_event event{.events = events, .data = {.fd = fd}};
  epoll_ctl(epoll_.Get(), EPOLL_CTL_ADD, fd, &event);
}

void Connections::Add(int socket) { Await(socket, EPOLL_CTL_ADD); }

void Connections::Await(int socket, int operation) {
  const std::scoped_lock lock(mutex_);
  open_[socket] = Clock::now();
  if (stopping_) ::shutdown(socket, SHUT_RDWR);
  // One event for one thread; the next request is waited for when this one has been answered.
  epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.fd = socket}};
  if (epoll_ctl(epoll_.Get(), operation, socket, &event) == 0) return;
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
    if (epoll_wait(epoll_.Get(), &event, 1, -1) < 1) continue;  // a signal
    const int socket = event.data.fd;
    if (socket == stop_.Get()) return;
    if (socket == timer_.Get()) {
      EndIdle();
      continue;
    }
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
  std::uint64_t seconds = 0;
  if (read(timer_.Get(), &seconds, sizeof seconds) < 0) return;  // another thread has been here
  const auto oldest = Clock::now() - keep_alive_;
  const std::scoped_lock lock(mutex_);
  for (const auto& [socket, since] : open_)
    if (since && *since < oldest) ::shutdown(socket, SHUT_RDWR);  // a thread sees it, and closes it
}

void Connections::shutdown() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const auto& [socket, since] : open_) ::shutdown(socket, SHUT_RDWR);
  }
  eventfd_write(stop_.Get(), 1);
  threads_.clear();  // waits for them
  for (const auto& [socket, since] : std::exchange(open_, {})) close(socket);
}

}  // namespace mon::hyphenmon
