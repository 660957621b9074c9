#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace mon::test {

/// One accepted connection of a ScriptedServer, for the script to speak on byte by byte.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  /// The next whole HTTP request (head and the body that its Content-Length tells); empty when the
  /// client has gone.
  std::string ReadRequest();
  /// False when the client has gone.
  bool Send(std::string_view bytes);
  /// "HTTP/1.1 STATUS x", Content-Length and `headers` (whole lines) before `body`.
  bool Reply(int status, std::string_view body, std::string_view headers = "");
  /// Blocks until the client closes its end.
  void WaitForClose();

 private:
  int fd_;
  std::string unread_;
};

/// A TCP server on a free port of 127.0.0.1 that does what a test says, however wrong that is: each
/// connection is given to `script` in a thread of its own and closed when the script returns.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::function<void(Connection&)> script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] int Port() const { return port_; }
  /// "http://127.0.0.1:PORT" and `path`.
  [[nodiscard]] std::string Url(std::string_view path = "/") const;
  /// Connections accepted so far.
  [[nodiscard]] int Accepted() const { return accepted_; }

 private:
  void Accept();

  std::function<void(Connection&)> script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;           ///< guarded by mutex_
  std::vector<int> open_;           ///< guarded by mutex_
  std::vector<std::thread> talks_;  ///< only the accepting thread and, after it, the destructor
  std::thread acceptor_;
};

/// A port of 127.0.0.1 that nobody listens on.
int UnusedPort();

}  // namespace mon::test
