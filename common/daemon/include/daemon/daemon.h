#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "admin/admin_server.h"
#include "common/config.h"
#include "common/error.h"
#include "metrics/metrics.h"

namespace mon::daemon {

/// The state of each dependency, as the last cycle found it. Written by the cycles, read by the
/// thread of the endpoint.
class States {
 public:
  void Set(const std::string& name, admin::Dependency state);
  /// Only the dependencies in `current` stay: the others went with the old configuration.
  void Keep(const std::function<bool(const std::string& name)>& current);
  [[nodiscard]] std::map<std::string, admin::Dependency> Get() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, admin::Dependency> states_;
};

/// Whether a service refused a login: then its password may have been changed.
enum class Login { kFine, kRefused };

/// What one program does as a daemon, apart from the loop that repeats it. All calls come from the
/// thread of the loop.
class Work {
 public:
  virtual ~Work() = default;

  /// Builds what the cycles work with, at the start and between cycles, where the configuration has
  /// changed. An error leaves all as it was. What needs no change stays: connection, lease, locks.
  /// Between cycles a stop cuts it off where it hangs.
  [[nodiscard]] virtual Result<void> Use(std::shared_ptr<const LoadedConfig> loaded) = 0;

  /// One cycle. Does not fail: what went wrong is logged when it changes, and shown in the states.
  /// Where it may last, it calls `progress` each time that it has truly got on.
  virtual Login RunCycle(const std::stop_token& stop, const std::function<void()>& progress) = 0;

  /// After the last cycle: gives back what others wait for. A call that hangs is cut off.
  virtual void End() {}

  [[nodiscard]] mon::Metrics& Metrics() { return metrics_; }
  [[nodiscard]] daemon::States& States() { return states_; }

 private:
  mon::Metrics metrics_;
  daemon::States states_;
};

struct Options {
  std::string section;  ///< "aggregator"; begins each metric's name
  std::function<DaemonConfig&(Config&)> section_of;
  std::function<Result<LoadedConfig>()> reload;  ///< ProgramOptions::reload
  /// Called once, after SIGHUP has been blocked: threads that it starts inherit that.
  std::function<std::unique_ptr<Work>()> make_work;
};

/// Repeats the cycles of the work at the configured interval until `stop`; a beat that the cycle
/// before has overrun is left out and counted. Answers on the configured address and tells the
/// service manager how it is (ServiceNotifier).
///
/// SIGHUP loads the configuration again, between two cycles and as a whole: where anything in it is
/// wrong, the old one stays, and a line in the log says why. `state_dir` and `listen` cannot
/// change. After a refused login the files of secrets are read again.
///
/// Errors: what the work says of the first configuration; kConfig, or kUnavailable for a port that
/// was asked for and is taken.
[[nodiscard]] Result<ExitCode> Run(const Options& options, const LoadedConfig& loaded,
                                   const std::stop_token& stop);

}  // namespace mon::daemon
