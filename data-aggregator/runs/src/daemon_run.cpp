#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "admin/admin_server.h"
#include "common/log.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/mysql_sample_store.h"
#include "data_aggregator/runs.h"
#include "session.h"

namespace mon::data_aggregator {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// No network call ends reliably in less, so a shorter interval leaves out beats instead.
constexpr milliseconds kShortestLimit{1000};

constexpr std::chrono::minutes kUpkeepPause{30};

/// A cycle must be over before the next one is due.
milliseconds LimitOf(milliseconds interval) { return std::max(interval * 9 / 10, kShortestLimit); }

/// Long enough for a cycle and the wait for the next one, which extends it.
std::chrono::seconds LeaseOf(milliseconds interval) {
  constexpr std::chrono::seconds kShortestLease{30};
  return std::max(kShortestLease,
                  std::chrono::ceil<std::chrono::seconds>(interval + 2 * LimitOf(interval)));
}

/// What /-/ready tells; written by the daemon, read by the server's threads.
class Readiness {
 public:
  void Set(const std::string& name, bool ok, const std::string& detail) {
    const std::scoped_lock lock(mutex_);
    dependencies_[name] = {ok, detail};
  }
  [[nodiscard]] std::map<std::string, admin::Dependency> Get() const {
    const std::scoped_lock lock(mutex_);
    return dependencies_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, admin::Dependency> dependencies_ = {
      {"mysql", {false, "not yet connected"}}};
};

class Daemon {
 public:
  explicit Daemon(const World& world)
      : world_(world),
        config_(world.loaded.config),
        interval_(config_.aggregator.interval),
        session_(config_.mysql, LeaseOf(interval_)),
        cycle_(config_, world.http, world.zabbix) {}

  Result<ExitCode> Run() {
    if (auto started = StartServer(); !started) return std::unexpected(started.error());
    auto next = SteadyClock::now();
    for (bool first = true; !world_.stop.stop_requested(); first = false) {
      const auto ready = session_.Ready();
      TellSession(ready);
      if (ready) {
        RunCycle();
      } else if (first && !world_.stop.stop_requested() && NobodyCanWaitFor(ready.error())) {
        return std::unexpected(ready.error());
      }
      WaitForNext(next);
    }
    return ExitCode::kOk;
  }

 private:
  static bool NobodyCanWaitFor(const Error& error) {
    return error.code == ErrorCode::kConfig || error.code == ErrorCode::kRejected;
  }

  Result<void> StartServer() {
    auto server = admin::StartConfigured(world_.loaded, "aggregator", config_.aggregator.listen,
                                         metrics_, [this] { return readiness_.Get(); });
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
    return {};
  }

  void TellSession(const Result<void>& ready) {
    const bool standby = !ready && ready.error().code == ErrorCode::kBusy;
    readiness_.Set("mysql", ready || standby,
                   ready || standby ? "connected" : ready.error().message);
    readiness_.Set("lease", true, ready ? "held" : standby ? "standby" : "unknown");
    metrics_.Set("aggregator_active", "1 while this daemon holds the lease.", {}, ready ? 1 : 0);
    const std::string error = ready ? "" : ready.error().message;
    if (error == session_error_) return;
    session_error_ = error;
    if (ready)
      log::Info("collecting");
    else
      log::Write(standby ? log::Level::kInfo : log::Level::kError,
                 standby ? "standing by" : "database not usable", {{"error", error}});
  }

  void RunCycle() {
    const auto start = SteadyClock::now();
    MysqlSampleStore store(session_.Connection(), session_.Lease());
    const TimePoint now = world_.clock.Now();
    CycleReport report = cycle_.Run(store, now, LimitOf(interval_), world_.stop);
    if (report.store_error) {
      log::Error("not everything was stored", {{"error", report.store_error->message}});
      session_.Recover(report);
    } else if (report.hourly_due && start >= next_upkeep_) {
      KeepPartitionsAhead(config_.mysql, now);
      next_upkeep_ = start + kUpkeepPause;
    }
    Count(report, SteadyClock::now() - start);
  }

  void Count(const CycleReport& report, std::chrono::duration<double> duration) {
    const bool ok = report.exit_code == ExitCode::kOk;
    metrics_.Add("aggregator_cycles_total", "Cycles, by result.",
                 {{"result", ok ? "ok" : "failed"}}, 1);
    metrics_.Set("aggregator_cycle_duration_seconds", "Duration of the last cycle.", {},
                 duration.count());
    for (const SourceReport& source : report.sources) {
      const admin::Metrics::Labels labels = {{"source", source.name}};
      metrics_.Set("aggregator_source_up", "1 if the last attempt to read the source succeeded.",
                   labels, source.up ? 1 : 0);
      metrics_.Add("aggregator_samples_total", "Values taken from the source.", labels,
                   static_cast<double>(source.samples));
      metrics_.Add("aggregator_refused_total", "Values of the source that were refused.", labels,
                   static_cast<double>(source.refused));
    }
  }

  /// Keeps the beat; beats that were missed are left out, not made up for.
  void WaitForNext(SteadyClock::time_point& next) {
    const auto now = SteadyClock::now();
    next += interval_;
    if (next <= now) {
      const auto missed = (now - next) / interval_ + 1;
      next += missed * interval_;
      metrics_.Add("aggregator_skipped_cycles_total",
                   "Cycles left out: the one before took longer.", {}, static_cast<double>(missed));
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any wake;
    wake.wait_until(lock, world_.stop, next, [] { return false; });
  }

  const World& world_;
  const Config& config_;
  milliseconds interval_;
  Session session_;
  Cycle cycle_;
  Readiness readiness_;
  admin::Metrics metrics_;
  std::unique_ptr<admin::Server> server_;  ///< after what it reads
  SteadyClock::time_point next_upkeep_;    ///< while no host has values, each cycle would be due
  std::string session_error_ = "not yet";  ///< the last one told
};

}  // namespace

Result<ExitCode> RunDaemon(const World& world) { return Daemon(world).Run(); }

}  // namespace mon::data_aggregator
