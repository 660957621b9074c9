#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/error.h"

namespace mon::admin {

/// The state of one thing a daemon depends on, as /-/ready tells it.
struct Dependency {
  bool ok = false;
  std::string detail;  ///< "connected", "refused"; never a secret
};

/// Counters and gauges of a daemon, by prometheus-cpp. Names follow Prometheus's rules: base units,
/// `_total`.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  using Labels = std::map<std::string, std::string>;
  void Add(const std::string& name, const std::string& help, const Labels& labels,
           double amount);  ///< counter
  void Set(const std::string& name, const std::string& help, const Labels& labels,
           double value);                  ///< gauge
  [[nodiscard]] std::string Text() const;  ///< the exposition format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Serves /-/healthy (200 while the process lives), /-/ready (200 or 503, JSON with each
/// dependency) and /metrics. Safe to call from any thread; `metrics` and `ready` must outlive it.
class Server {
 public:
  /// `listen` is "ADDR:PORT" or "[v6]:PORT"; port 0 takes a free one. kConfig where the address is
  /// wrong, kUnavailable where the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<Server>> Start(
      const std::string& listen, const Metrics& metrics,
      std::function<std::map<std::string, Dependency>()> ready);
  ~Server();  ///< stops within a second
  [[nodiscard]] int Port() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::admin
