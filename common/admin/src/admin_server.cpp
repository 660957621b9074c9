#include "admin/admin_server.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "common/host_port.h"
#include "common/log.h"
#include "http_listener.h"

namespace mon::admin {

namespace {

constexpr const char* kExposition = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kJson = "application/json";

HttpResponse Ready(const Readiness& ready) {
  bool all = true;
  nlohmann::json dependencies = nlohmann::json::object();
  for (const auto& [name, state] : ready()) {
    all = all && (state.ok || !state.required);
    dependencies[name] = {{"ok", state.ok}, {"required", state.required}, {"detail", state.detail}};
  }
  const nlohmann::json body = {{"ready", all}, {"dependencies", dependencies}};
  return {.status = all ? 200 : 503,
          .content_type = kJson,
          .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

}  // namespace

struct Server::Impl {
  std::unique_ptr<HttpListener> listener;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Start(const std::string& listen, const Metrics& metrics,
                                              Readiness ready) {
  const Result<HostPort> address = ParseHostPort(listen, 0);
  if (!address) return Context("listen", address.error());
  auto handler = [&metrics, ready = std::move(ready)](std::string_view path) -> HttpResponse {
    if (path == "/-/healthy") return {.body = "healthy\n"};
    if (path == "/-/ready") return Ready(ready);
    if (path == "/metrics") return {.content_type = kExposition, .body = metrics.Text()};
    return {.status = 404};
  };
  auto listener = HttpListener::Start(*address, listen, std::move(handler));
  if (!listener) return std::unexpected(std::move(listener).error());
  return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(*std::move(listener))));
}

int Server::Port() const { return impl_->listener->Port(); }

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
