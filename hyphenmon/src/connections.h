#pragma once

#include <httplib.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "common/descriptor.h"

namespace mon::hyphenmon {

/// All connections of a server, and the threads that serve requests.
///
/// cpp-httplib's own way is a thread for each connection until it ends, which wakes up a hundred
/// times a second to see whether there is another request: clients beyond the number of threads
/// starve, and a thousand idle ones keep a core busy. Here a connection between two requests waits
/// in an epoll set, in the order in which requests came, and takes a thread only while it is
/// served.
class Connections final : public httplib::TaskQueue {
 public:
  /// Serves one request that comes through the stream; false: the connection ends.
  using Serve = std::function<bool(httplib::Stream&)>;

  /// A connection without a request for `keep_alive` ends.
  Connections(std::size_t threads, std::chrono::seconds keep_alive, Serve serve);
  ~Connections() override;

  /// Takes over a connected socket.
  void Add(int socket);

  /// What cpp-httplib does with a new connection: hand it to `Add`, in the accepting thread.
  void enqueue(std::function<void()> task) override { task(); }
  /// Ends all connections, whatever they are doing, and the threads.
  void shutdown() override;

 private:
  using Clock = std::chrono::steady_clock;

  void Work();
  /// One after the other as long as they are there already.
  [[nodiscard]] bool ServeRequests(int socket) const;
  void Watch(int fd, std::uint32_t events) const;
  void Await(int socket, int operation);
  void Close(int socket);
  void EndIdle();

  std::chrono::seconds keep_alive_;
  Serve serve_;
  Descriptor epoll_;
  Descriptor stop_;   ///< an eventfd: readable once all is to end
  Descriptor timer_;  ///< a timerfd: each second what is idle is looked for
  std::mutex mutex_;
  bool stopping_ = false;  ///< guarded by mutex_
  /// Guarded by mutex_: since when each waits for a request; nothing while it is served.
  std::unordered_map<int, std::optional<Clock::time_point>> open_;
  std::vector<std::jthread> threads_;
};

}  // namespace mon::hyphenmon
