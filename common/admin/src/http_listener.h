#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/error.h"
#include "common/host_port.h"
#include "http_request.h"

namespace mon::admin {

/// Answers GET requests of a few clients, one request a connection, all in one thread that waits
/// for sockets: nobody's slowness is another's, and it stops at once.
///
/// Written out on sockets, because an HTTP library would be loaded by each run from cron, too,
/// which never answers a request: with what it needs itself, it takes longer than all of our own
/// start.
class HttpListener {
 public:
  /// Called in the listener's thread. What it throws is answered with 500.
  using Handler = std::function<HttpResponse(std::string_view path)>;

  /// kConfig where the address is wrong, kUnavailable where the port is taken; both name `listen`.
  [[nodiscard]] static Result<std::unique_ptr<HttpListener>> Start(const HostPort& address,
                                                                   std::string_view listen,
                                                                   Handler handler);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;
  [[nodiscard]] int Port() const { return port_; }

 private:
  struct Client;

  HttpListener(int socket, int port, Handler handler);
  void Run();
  void Accept();
  [[nodiscard]] bool Serve(Client& client) const;
  [[nodiscard]] std::string AnswerTo(std::string_view received) const;

  int socket_;
  int port_;
  int stop_event_;  ///< becomes readable when it shall end
  Handler handler_;
  std::vector<Client> clients_;
  std::thread thread_;
};

}  // namespace mon::admin
