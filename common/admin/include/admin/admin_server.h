#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/config.h"
#include "common/error.h"
#include "metrics/metrics.h"

namespace mon::admin {

/// The state of one thing a daemon depends on, as /-/ready tells it.
struct Dependency {
  bool ok = false;
  std::string detail;    ///< "connected", "refused"; never a secret
  bool required = true;  ///< false: it is shown, and the daemon is ready without it
};

/// The dependencies at this moment, by name. Called from the thread of the server; answers from
/// what the daemon has noted, without asking any service.
using Readiness = std::function<std::map<std::string, Dependency>()>;

/// Serves /-/healthy (200 while the process lives), /-/ready (200 or 503, JSON with each
/// dependency) and /metrics. Safe to call from any thread; `metrics` and what `ready` refers to
/// must outlive it. For operators and a Prometheus server, not for the internet: no TLS, no login.
class Server {
 public:
  /// `listen` is "ADDR:PORT" or "[v6]:PORT"; ":PORT" means all addresses, port 0 takes a free one.
  /// kConfig where the address is wrong, kUnavailable where the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<Server>> Start(const std::string& listen,
                                                             const Metrics& metrics,
                                                             Readiness ready);
  ~Server();  ///< stops at once, whatever a client does
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] int Port() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The server of a daemon as its configuration has it, `section` being "aggregator" and `listen`
/// the value of its key. Null where `listen` is "none", and, with a warning in the log, where the
/// port is taken and nobody asked for it.
[[nodiscard]] Result<std::unique_ptr<Server>> StartConfigured(const LoadedConfig& loaded,
                                                              std::string_view section,
                                                              const std::string& listen,
                                                              const Metrics& metrics,
                                                              Readiness ready);

}  // namespace mon::admin
