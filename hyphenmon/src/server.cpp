#include "hyphenmon/server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>

#include "common/text.h"
#include "connections.h"
#include "hyphenmon/exposition.h"

namespace mon::hyphenmon {
namespace {

// A late or endless answer takes one for as long as it lasts.
constexpr std::size_t kThreads = 512;
constexpr int kBacklog = 1024;
constexpr std::chrono::seconds kKeepAlive{15};
constexpr std::size_t kKeepAliveRequests = 1'000'000'000;
constexpr std::size_t kMostRequestBytes = 64U << 10U;
constexpr std::chrono::milliseconds kTrickle{50};

/// cpp-httplib, but for who waits for the next request of a connection.
class Http final : public httplib::Server {
 public:
  Http()
      : made_(std::make_unique<Connections>(
            kThreads, kKeepAlive, [this](httplib::Stream& stream) { return ServeOne(stream); })),
        connections_(made_.get()) {
    new_task_queue = [this] { return made_.release(); };  // cpp-httplib deletes it
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    connections_->Add(socket);
    return true;
  }

  bool ServeOne(httplib::Stream& stream) {
    bool closed = false;
    return process_request(stream, false, closed, nullptr) && !closed;
  }

  std::unique_ptr<Connections> made_;  ///< until the server runs
  Connections* connections_;
};

}  // namespace

Result<Address> ParseAddress(std::string_view text) {
  const auto refuse = [&] {
    return Fail(ErrorCode::kUsage,
                fmt::format("--listen '{}': expected ADDR:PORT, such as 127.0.0.1:5001", text));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return refuse();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return refuse();
  }
  const auto port = ParseUint(text.substr(colon + 1));
  if (host.empty() || !port || *port > 65'535) return refuse();
  return Address{std::string(host), static_cast<std::uint16_t>(*port)};
}

struct Server::Impl {
  Impl(Scenario played, const Clock& a_clock)
      : scenario(std::move(played)), clock(a_clock), start(EpochSeconds(clock.Now())) {}

  void Configure();
  Result<void> Bind(const Address& address);
  void Metrics(const httplib::Request& request, httplib::Response& response);
  void Trickle(httplib::Response& response);
  void SendOversized(const Reading& reading, httplib::Response& response);
  /// Waits; false as soon as the server stops.
  bool Wait(std::chrono::milliseconds duration);

  Scenario scenario;
  const Clock& clock;
  std::int64_t start;  ///< epoch seconds
  Http http;
  int listener = -1;
  int port = 0;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::stop_source stopping;
  std::jthread acceptor;
};

void Server::Impl::Configure() {
  http.set_keep_alive_max_count(kKeepAliveRequests);
  http.set_keep_alive_timeout(kKeepAlive.count());
  http.set_tcp_nodelay(true);
  http.set_payload_max_length(kMostRequestBytes);
  // The library's default is SO_REUSEPORT, with which a second server on the same port starts
  // happily and takes half of the requests.
  http.set_socket_options([this](socket_t s) {
    const int yes = 1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    listener = s;
  });
  http.Get("/metrics", [this](const httplib::Request& request, httplib::Response& response) {
    Metrics(request, response);
  });
  http.Get("/-/healthy", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("hyphenmon is healthy.\n", "text/plain; charset=utf-8");
  });
  http.Get("/-/ready", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("hyphenmon is ready.\n", "text/plain; charset=utf-8");
  });
}

Result<void> Server::Impl::Bind(const Address& address) {
  errno = 0;
  const bool bound = address.port != 0 ? http.bind_to_port(address.host, address.port)
                                       : (port = http.bind_to_any_port(address.host)) > 0;
  if (!bound) {
    const int reason = errno;
    const auto code = reason == EACCES ? ErrorCode::kRejected : ErrorCode::kUnavailable;
    return Fail(code, fmt::format("cannot listen on {}:{}: {}", address.host, address.port,
                                  reason != 0 ? std::strerror(reason) : "no such address"));
  }
  if (address.port != 0) port = address.port;
  // The library asks for a backlog of 5, which a few dozen clients at once overflow.
  listen(listener, kBacklog);
  return {};
}

bool Server::Impl::Wait(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stopping.get_token(), duration, [] { return false; });
  return !stopping.stop_requested();
}

void Server::Impl::Metrics(const httplib::Request& request, httplib::Response& response) {
  const Moment moment = scenario.At(EpochSeconds(clock.Now()) - start);
  if (moment.delay.count() > 0 && !Wait(moment.delay)) return;
  const Reading reading{start + moment.second, moment.response_time_ms, moment.error_rate};
  response.set_header("Vary", "Accept");
  response.set_header("Cache-Control", "no-store");
  switch (moment.answer) {
    case Answer::kSample:
    case Answer::kStuck: {
      std::string accept;
      const auto [first, last] = request.headers.equal_range("Accept");
      for (auto header = first; header != last; ++header) accept += header->second + ",";
      const Format format = Negotiate(accept);
      response.set_content(Render(reading, format), std::string(ContentType(format)));
      return;
    }
    case Answer::kEndless:
      return Trickle(response);
    case Answer::kOversized:
      return SendOversized(reading, response);
    case Answer::kHttp500:
      response.status = 500;
      [[fallthrough]];
    default:
      response.set_content(RenderGarbage(reading, moment.answer), "application/json");
  }
}

void Server::Impl::Trickle(httplib::Response& response) {
  response.set_chunked_content_provider(
      "application/json", [this](std::size_t offset, httplib::DataSink& sink) {
        const std::string_view bytes = offset == 0 ? R"({"padding": ")" : "x";
        return Wait(kTrickle) && sink.write(bytes.data(), bytes.size());
      });
}

void Server::Impl::SendOversized(const Reading& reading, httplib::Response& response) {
  auto body = std::make_shared<const std::string>(RenderOversized(reading));
  const std::size_t size = body->size();
  response.set_content_provider(
      size, "application/json",
      [body = std::move(body)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(body->data() + offset, std::min<std::size_t>(length, 64U << 10U));
      });
}

Result<std::unique_ptr<Server>> Server::Start(const Address& address, Scenario scenario,
                                              const Clock& clock) {
  std::unique_ptr<Impl> impl;
  try {
    impl = std::make_unique<Impl>(std::move(scenario), clock);
  } catch (const std::system_error& error) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot have {} threads to serve requests: {}; raise TasksMax= of the "
                            "unit, or ulimit -u and -v",
                            kThreads, error.code().message()));
  }
  impl->Configure();
  if (auto bound = impl->Bind(address); !bound) return std::unexpected(bound.error());
  impl->acceptor = std::jthread([http = &impl->http] { http->listen_after_bind(); });
  while (!impl->http.is_running()) std::this_thread::yield();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { Stop(); }

void Server::Stop() {
  if (!impl_->stopping.request_stop()) return;
  impl_->http.stop();
  impl_->acceptor.join();
}

int Server::Port() const { return impl_->port; }

}  // namespace mon::hyphenmon
