#include "admin/admin_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "common/host_port.h"
#include "common/log.h"

namespace mon::admin {

namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 128;
constexpr std::size_t kMaxBodyBytes = 1024;  // no request of ours has one
constexpr auto kStopTime = 1s;

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kExposition = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kJson = "application/json";

std::unexpected<Error> CannotListen(const std::string& listen, int error) {
  const ErrorCode code = error == EADDRINUSE ? ErrorCode::kUnavailable : ErrorCode::kConfig;
  return Fail(code, fmt::format("listen on {}: {}", listen,
                                error == 0 ? "unknown address" : std::strerror(error)));
}

}  // namespace

struct Server::Impl {
  httplib::Server server;
  int port = 0;
  int listener = -1;  // owned by `server`
  std::thread thread;
  std::future<void> listening;  // done when the thread ends

  // A client that sends byte by byte can hold a thread of the server for long. The destructor does
  // not wait for it: from then on the caller's objects are out of reach.
  std::mutex mutex;
  bool closed = false;
  const Metrics* metrics = nullptr;
  Readiness ready;

  void Answer(const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    if (closed) {
      response.status = 503;
    } else if (request.path == "/metrics") {
      response.set_content(metrics->Text(), kExposition);
    } else {
      AnswerReady(response);
    }
  }

  void AnswerReady(httplib::Response& response) const {
    bool all = true;
    nlohmann::json dependencies = nlohmann::json::object();
    for (const auto& [name, state] : ready()) {
      all = all && state.ok;
      dependencies[name] = {{"ok", state.ok}, {"detail", state.detail}};
    }
    const nlohmann::json body = {{"ready", all}, {"dependencies", dependencies}};
    response.status = all ? 200 : 503;
    response.set_content(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                         kJson);
  }

  void Configure() {
    // One request a connection: a kept connection holds a thread of the pool and delays the end.
    server.set_keep_alive_max_count(1);
    server.set_read_timeout(1s);
    server.set_write_timeout(1s);
    server.set_payload_max_length(kMaxBodyBytes);
    // Without this the library sets SO_REUSEPORT, and two daemons would share a port unnoticed.
    server.set_socket_options([this](auto fd) {
      listener = fd;
      const int on = 1;
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server.set_exception_handler([](const httplib::Request&, httplib::Response& response,
                                    const std::exception_ptr&) { response.status = 500; });
    server.Get("/-/healthy", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("healthy\n", kText);
    });
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, response);
    };
    server.Get("/-/ready", answer);
    server.Get("/metrics", answer);
  }

  bool Bind(const HostPort& address) {
    const std::string host = address.host.empty() ? "0.0.0.0" : address.host;
    errno = 0;
    if (address.port == 0) {
      port = server.bind_to_any_port(host);
      if (port <= 0) return false;
    } else {
      if (!server.bind_to_port(host, address.port)) return false;
      port = address.port;
    }
    // The library's own backlog of 5 makes clients that come together wait for seconds.
    listen(listener, kBacklog);
    return true;
  }
};

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::Start(const std::string& listen, const Metrics& metrics,
                                              Readiness ready) {
  const Result<HostPort> address = ParseHostPort(listen, 0);
  if (!address) return Context("listen", address.error());
  auto impl = std::make_shared<Impl>();
  impl->metrics = &metrics;
  impl->ready = std::move(ready);
  impl->Configure();
  if (!impl->Bind(*address)) return CannotListen(listen, errno);

  std::promise<void> ended;
  impl->listening = ended.get_future();
  impl->thread = std::thread([impl, ended = std::move(ended)]() mutable {
    impl->server.listen_after_bind();
    ended.set_value();
  });
  // Stopping a server that does not run yet would do nothing.
  while (!impl->server.is_running() && impl->listening.wait_for(1ms) != std::future_status::ready) {
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closed = true;
  }
  impl_->server.stop();
  if (impl_->listening.wait_for(kStopTime) == std::future_status::ready) {
    impl_->thread.join();
  } else {
    impl_->thread.detach();
  }
}

int Server::Port() const { return impl_->port; }

Result<std::unique_ptr<Server>> StartConfigured(const LoadedConfig& loaded,
                                                std::string_view section, const std::string& listen,
                                                const Metrics& metrics, Readiness ready) {
  if (listen == "none") return nullptr;
  Result<std::unique_ptr<Server>> server = Server::Start(listen, metrics, std::move(ready));
  const bool asked_for = FindOrigin(loaded, fmt::format("{}.listen", section)) != nullptr;
  if (server || asked_for || server.error().code != ErrorCode::kUnavailable) return server;
  log::Warning("no health and metrics endpoint", {{"reason", server.error().message}});
  return nullptr;
}

}  // namespace mon::admin
