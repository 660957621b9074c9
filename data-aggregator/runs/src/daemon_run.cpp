#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "admin/admin_server.h"
#include "common/log.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/mysql_sample_store.h"
#include "data_aggregator/replay.h"
#include "data_aggregator/runs.h"
#include "session.h"
#include "spooling.h"

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
      const auto ready = Step(first);
      if (!ready && first && NobodyCanWaitFor(ready.error())) return std::unexpected(ready.error());
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

  /// One beat: a cycle into the database, into the spool while that is away, none on standby.
  Result<void> Step(bool first) {
    const auto spool = TakeSpool();
    const auto ready = spool ? session_.Ready() : spool;
    TellSession(ready);
    if (ready) {
      Collect();
    } else if (ready.error().code == ErrorCode::kBusy) {
      StandBy();
    } else if (spool_ && !(first && NobodyCanWaitFor(ready.error()))) {
      CollectIntoSpool(ready.error());
    }
    return ready;
  }

  /// Once we have the spool we keep it: its lock says who collects on this host. kBusy where
  /// another process has it; without a disk to write to we go on without.
  Result<void> TakeSpool() {
    if (spool_) return {};
    auto opened = OpenSpool(config_, world_.clock.Now());
    if (opened) spool_ = std::move(*opened);
    const std::string error = opened ? "" : opened.error().message;
    if (!opened && opened.error().code != ErrorCode::kIo) return std::unexpected(opened.error());
    if (error != spool_error_ && !opened) TellNoSpool(opened.error());
    spool_error_ = error;
    readiness_.Set("spool", spool_ != nullptr, spool_ ? "usable" : error);
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

  /// What waits in the spool goes first, so that samples come in the order of their time; where
  /// that is much, live data gets the larger part of each beat.
  void Collect() {
    const auto start = SteadyClock::now();
    const TimePoint now = world_.clock.Now();
    const milliseconds limit = LimitOf(interval_);
    MysqlSampleStore store(session_.Connection(), session_.Lease());
    std::optional<Error> replay_error;
    const auto replay = [&](milliseconds share) {
      if (!spool_ || replay_error) return;
      replay_error = Replay(*spool_, store, now, start + share, world_.stop).error;
    };
    replay(limit / 4);
    CycleReport report = cycle_.Run({&store, spool_.get()}, now, limit - limit / 4, world_.stop);
    if (!report.store_error) replay(limit);
    if (replay_error) NoteStoreError(report, *replay_error);
    if (report.store_error) {
      log::Error("not everything was stored", {{"error", report.store_error->message},
                                               {"spooled", std::to_string(report.spooled)}});
      session_.Recover(report);
    } else if (report.hourly_due && start >= next_upkeep_) {
      KeepPartitionsAhead(config_.mysql, now);
      next_upkeep_ = start + kUpkeepPause;
    }
    Count(report, SteadyClock::now() - start);
  }

  /// While the database is away.
  void CollectIntoSpool(const Error& why) {
    const auto start = SteadyClock::now();
    if (config_.spool.policy == SpoolPolicy::kBlock && spool_->Full()) {
      if (!std::exchange(blocked_, true))
        log::Error("the spool is full: reading no application until there is room",
                   {{"samples", std::to_string(spool_->Count())}});
      return;
    }
    blocked_ = false;
    const auto report =
        cycle_.Run({.spool = spool_.get()}, world_.clock.Now(), LimitOf(interval_), world_.stop);
    log::Debug("samples spooled", {{"reason", why.message},
                                   {"samples", std::to_string(report.spooled)},
                                   {"in_spool", std::to_string(spool_->Count())}});
    Count(report, SteadyClock::now() - start);
  }

  /// Another run collects; what waits on our disk only we can store.
  void StandBy() {
    if (!spool_ || spool_->Count() == 0) return;
    const auto until = SteadyClock::now() + LimitOf(interval_);
    const auto aside = ReplayAside(config_.mysql, *spool_, world_.clock.Now(), until, world_.stop);
    if (!aside) log::Info("the spool was not emptied", {{"error", aside.error().message}});
    CountSpool();
  }

  void Count(const CycleReport& report, std::chrono::duration<double> duration) {
    const bool ok = report.exit_code == ExitCode::kOk;
    metrics_.Add("aggregator_cycles_total", "Cycles, by result.",
                 {{"result", ok ? "ok" : "failed"}}, 1);
    metrics_.Set("aggregator_cycle_duration_seconds", "Duration of the last cycle.", {},
                 duration.count());
    for (const SourceReport& source : report.sources) {
      const mon::Metrics::Labels labels = {{"source", source.name}};
      metrics_.Set("aggregator_source_up", "1 if the last attempt to read the source succeeded.",
                   labels, source.up ? 1 : 0);
      metrics_.Add("aggregator_source_samples_total", "Values taken from the source.", labels,
                   static_cast<double>(source.samples));
      metrics_.Add("aggregator_refused_total", "Values of the source that were refused.", labels,
                   static_cast<double>(source.refused));
    }
    CountSpool();
  }

  /// The counts survive a restart; so do those of /metrics.
  void CountSpool() {
    if (!spool_) return;
    if (const auto saved = spool_->Save(); !saved)
      log::Info("counts not saved", {{"error", saved.error().message}});
    for (const auto& [outcome, total] : spool_->Totals()) {
      auto& counted = counted_[outcome];
      metrics_.Add("aggregator_samples_total",
                   "Samples of applications by what became of them; received is the sum of the "
                   "others and of aggregator_spool_samples.",
                   {{"outcome", outcome}}, static_cast<double>(total - counted));
      counted = total;
    }
    metrics_.Set("aggregator_spool_samples", "Samples that wait on disk for the database.", {},
                 static_cast<double>(spool_->Count()));
    metrics_.Set("aggregator_spool_bytes", "Size of the spool.", {},
                 static_cast<double>(spool_->Bytes()));
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
  mon::Metrics metrics_;
  std::unique_ptr<admin::Server> server_;  ///< after what it reads
  SteadyClock::time_point next_upkeep_;    ///< while no host has values, each cycle would be due
  std::string session_error_ = "not yet";  ///< the last one told
  std::unique_ptr<Spool> spool_;           ///< null: none yet
  std::string spool_error_;                ///< the last one told
  Outcomes counted_;                       ///< of the spool's totals, in metrics_
  bool blocked_ = false;                   ///< told that the spool is full
};

}  // namespace

Result<ExitCode> RunDaemon(const World& world) { return Daemon(world).Run(); }

}  // namespace mon::data_aggregator
