#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/log.h"
#include "common/signals.h"
#include "cycle_metrics.h"
#include "daemon/daemon.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/mysql_sample_store.h"
#include "data_aggregator/platform_watch.h"
#include "data_aggregator/replay.h"
#include "data_aggregator/runs.h"
#include "offline.h"
#include "our_share.h"
#include "session.h"
#include "sources.h"
#include "spooling.h"

namespace mon::data_aggregator {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// No network call ends reliably in less, so a shorter interval leaves out beats instead.
constexpr milliseconds kShortestLimit{1000};

constexpr std::chrono::minutes kUpkeepPause{30};

// Between two looks at the rest of the platform.
constexpr std::chrono::seconds kLookPause{5};

// As long as a run from cron may take: the watchdog and whoever asks for a reload wait for it.
constexpr milliseconds kLongestLimit{50'000};

/// A cycle must be over before the next one is due.
milliseconds LimitOf(milliseconds interval) {
  return std::clamp(interval * 9 / 10, kShortestLimit, kLongestLimit);
}

/// Long enough for a cycle and the wait for the next one, which extends it.
std::chrono::seconds LeaseOf(milliseconds interval) {
  constexpr std::chrono::seconds kShortestLease{30};
  return std::max(kShortestLease,
                  std::chrono::ceil<std::chrono::seconds>(interval + 2 * LimitOf(interval)));
}

bool AnyLoginRefused(const CycleReport& report) {
  if (report.store_error && report.store_error->code == ErrorCode::kRejected) return true;
  return std::ranges::any_of(
      report.sources, [](const SourceReport& source) { return source.error_class == "rejected"; });
}

/// Sources are shown beside what the daemon cannot do without.
constexpr bool kNotRequired = false;

class Collecting final : public daemon::Work {
 public:
  explicit Collecting(const World& world) : world_(world) {
    States().Set("mysql", {false, "not yet connected"});
  }

  Result<void> Use(std::shared_ptr<const LoadedConfig> loaded) override {
    const Config& config = loaded->config;
    auto sources = std::make_unique<Sources>(config, world_, Readings::kMany);
    const bool same_spool = loaded_ && loaded_->config.spool == config.spool &&
                            loaded_->config.mysql.database == config.mysql.database;
    offline_.reset();  // of the old configuration, and under the lock of the spool
    if (!same_spool) spool_.reset();
    UseSession(config);
    sources_ = std::move(sources);
    watch_ = std::make_unique<PlatformWatch>(config);
    loaded_ = std::move(loaded);
    ForgetReadings();
    return {};
  }

  /// One beat: a cycle into the database, into the spool while that is away, none on standby.
  daemon::Login RunCycle(const std::stop_token&, const std::function<void()>& progress) override {
    const StopLimit limit(world_.stop);
    refused_ = false;
    const auto spool = TakeSpool();
    if (spool_ && !offline_) offline_.emplace(Configuration());
    auto ready = spool ? session_->Ready() : spool;
    if (ready) ready = HandOver();
    if (ready && share_) ready = BeginShare();
    progress();
    TellSession(ready);
    if (ready && share_) {
      CollectShare(progress);
    } else if (ready) {
      Collect(progress, {}, Limit());
    } else if (ready.error().code == ErrorCode::kBusy) {
      StandBy();
    } else {
      refused_ = ready.error().code == ErrorCode::kRejected;
      CollectIntoSpool(ready.error());
    }
    return refused_ ? daemon::Login::kRefused : daemon::Login::kFine;
  }

  void End() override {
    watch_.reset();  // ends a mail that is under way
    offline_.reset();
    session_->End();
    sources_.reset();  // logs out of Zabbix
  }

 private:
  [[nodiscard]] const Config& Configuration() const { return loaded_->config; }
  [[nodiscard]] milliseconds Limit() const { return LimitOf(Configuration().aggregator.interval); }

  void UseSession(const Config& config) {
    const auto lease = LeaseOf(config.aggregator.interval);
    const bool share = config.aggregator.share;
    if (session_ && share_.has_value() == share) return session_->Use(config.mysql, lease);
    session_.emplace(config.mysql, lease, "aggregator",
                     share ? Sharing::kWithOthers : Sharing::kNone);
    share_.reset();
    if (share) share_.emplace();
  }

  /// Once we have the spool we keep it: its lock says who collects on this host. kBusy where
  /// another process has it; without a disk to write to, or where a newer program wrote there, we
  /// go on without.
  Result<void> TakeSpool() {
    if (spool_) return {};
    auto opened = OpenSpool(Configuration(), world_.clock.Now());
    if (opened) spool_ = std::move(*opened);
    const std::string error = opened ? "" : opened.error().message;
    if (!opened && opened.error().code == ErrorCode::kBusy) return std::unexpected(opened.error());
    if (error != spool_error_ && !opened) TellNoSpool(opened.error());
    spool_error_ = error;
    States().Set("spool", {spool_ != nullptr, spool_ ? "usable" : error});
    return {};
  }

  void TellSession(const Result<void>& ready) {
    const bool standby = !ready && ready.error().code == ErrorCode::kBusy;
    States().Set("mysql",
                 {ready || standby, ready || standby ? "connected" : ready.error().message});
    const std::string held = share_ ? share_->Text() : "held";
    States().Set("lease", {true, ready ? held : standby ? "standby" : "unknown"});
    Metrics().Set("aggregator_active", "1 while this daemon holds the lease, or a share.", {},
                  ready && (!share_ || share_->OwnsAny()) ? 1 : 0);
    const std::string error = ready ? "" : ready.error().message;
    if (error == session_error_) return;
    session_error_ = error;
    if (ready)
      log::Info("collecting");
    else
      log::Write(standby ? log::Level::kInfo : log::Level::kError,
                 standby ? "standing by" : "database not usable", {{"error", error}});
  }

  /// What was told while the database was away goes before the samples that tell it again.
  Result<void> HandOver() {
    if (!offline_) return {};
    auto done = offline_->edge.HandOver(session_->Connection(), session_->Lease());
    if (!done) session_->Recover(done.error());
    return done;
  }

  [[nodiscard]] auto Watcher() {
    return [this](std::span<const ApplicationSample> samples, bool stored) {
      if (offline_) offline_->edge.Judge(samples, stored);
    };
  }

  Result<void> BeginShare() {
    auto begun = share_->Begin(*session_);
    if (!begun) session_->Recover(begun.error());
    return begun;
  }

  /// What is ours is read; then others get what they are to have, which has just been read once
  /// more, and what they give up is read as soon as they do. So no target waits for longer than
  /// from one beat to the next.
  void CollectShare(const std::function<void()>& progress) {
    const auto until = SteadyClock::now() + Limit();
    if (share_->OwnsAny() && !Collect(progress, share_->Ours(), Limit())) return;
    do {
      const auto gained = share_->Settle(*session_);
      TellShare();
      if (!gained) return session_->Recover(gained.error());
      if (*gained && !Collect(progress, share_->Gained(), LeftUntil(until))) return;
    } while (!share_->Settled() && WaitFor(SharePause(), until));
    if (!share_->OwnsAny()) StandBy();
  }

  /// What the sources were like. The next cycle sets those that are still there, or still ours.
  void ForgetReadings() {
    ForgetSources(Metrics());
    States().Keep([](const std::string& name) {
      return name == "mysql" || name == "lease" || name == "spool";
    });
  }

  void TellShare() {
    if (share_->Tell(Configuration().applications, Metrics())) ForgetReadings();
    States().Set("lease", {true, share_->Text()});
  }

  [[nodiscard]] static milliseconds LeftUntil(SteadyClock::time_point until) {
    return std::max(kShortestLimit,
                    std::chrono::duration_cast<milliseconds>(until - SteadyClock::now()));
  }

  /// Between two looks at whether others have agreed.
  [[nodiscard]] milliseconds SharePause() const {
    return std::clamp(Configuration().aggregator.interval / 40, milliseconds(20),
                      milliseconds(250));
  }

  /// False where the time is over, or we are to end.
  [[nodiscard]] bool WaitFor(milliseconds pause, SteadyClock::time_point until) {
    if (SteadyClock::now() + pause >= until) return false;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, world_.stop, pause, [] { return false; });
    return !world_.stop.stop_requested();
  }

  /// What waits in the spool goes first, so that samples come in the order of their time; where
  /// that is much, live data gets the larger part of each beat. False where the database failed.
  bool Collect(const std::function<void()>& progress, const Part& part, milliseconds limit) {
    const auto start = SteadyClock::now();
    const TimePoint now = world_.clock.Now();
    MysqlSampleStore store(session_->Connection(), session_->Lease(), &session_->Memory());
    std::optional<Error> replay_error;
    const auto replay = [&](milliseconds share) {
      if (!spool_ || replay_error) return;
      replay_error = Replay(*spool_, store, now, start + share, world_.stop).error;
    };
    replay(limit / 4);
    progress();
    CycleReport report = sources_->Cycle().Run({&store, spool_.get(), Watcher()}, now,
                                               limit - limit / 4, world_.stop, part);
    progress();
    if (!report.store_error) replay(limit);
    if (replay_error) NoteStoreError(report, *replay_error);
    if (report.store_error) {
      log::Error("not everything was stored", {{"error", report.store_error->message},
                                               {"spooled", std::to_string(report.spooled)}});
      session_->Recover(report);
    } else if (part.first) {
      if (report.hourly_due && start >= next_upkeep_) {
        KeepPartitionsAhead(Configuration().mysql, now);
        next_upkeep_ = start + kUpkeepPause;
      }
      if (start >= next_look_) WatchPlatform();
    }
    Count(report, SteadyClock::now() - start);
    TellOffline(report.store_error ? report.store_error->message : "");
    return !report.store_error;
  }

  void WatchPlatform() {
    next_look_ = SteadyClock::now() + kLookPause;
    const auto found = watch_->Look(session_->Connection(), session_->Lease());
    const std::string error = found ? "" : found.error().message;
    if (std::exchange(watch_error_, error) != error && !found)
      log::Warning("the rest of the platform is not watched", {{"error", error}});
    if (!found) return;
    for (const auto& [subject, finding] : *found) {
      const bool well = finding.state == watch::State::kOk;
      States().Set(subject, {well, well ? "at work" : finding.detail, kNotRequired});
      Metrics().Set("aggregator_watch_ok",
                    "1 while that part of the platform is at work: processor, mail.",
                    {{"subject", subject}}, well ? 1 : 0);
    }
  }

  /// While the database is away.
  void CollectIntoSpool(const Error& why) {
    const auto start = SteadyClock::now();
    CycleReport report;
    if (spool_ && !Blocked()) {
      report =
          sources_->Cycle().Run({.spool = spool_.get(), .watch = Watcher()}, world_.clock.Now(),
                                Limit(), world_.stop, share_ ? share_->WhileAway() : Part{});
      log::Debug("samples spooled", {{"reason", why.message},
                                     {"samples", std::to_string(report.spooled)},
                                     {"in_spool", std::to_string(spool_->Count())}});
    }
    report.exit_code = Worse(report.exit_code, ExitCodeFor(why.code));
    Count(report, SteadyClock::now() - start);
    TellOffline(why.message);
  }

  [[nodiscard]] bool Blocked() {
    const bool blocked = Configuration().spool.policy == SpoolPolicy::kBlock && spool_->Full();
    if (!std::exchange(blocked_, blocked) && blocked)
      log::Error("the spool is full: reading no application until there is room",
                 {{"samples", std::to_string(spool_->Count())}});
    return blocked;
  }

  /// Another run collects; what waits on our disk, and what we told, only we can store.
  void StandBy() {
    if (!spool_) return;
    TellOffline("");
    if (spool_->Count() == 0 && !offline_->edge.HasTold()) return;
    const auto until = SteadyClock::now() + Limit();
    const auto aside = ReplayAside(Configuration().mysql, *spool_, offline_->edge,
                                   world_.clock.Now(), until, world_.stop);
    if (!aside) log::Info("the spool was not emptied", {{"error", aside.error().message}});
    CountSpool();
  }

  void Count(const CycleReport& report, std::chrono::duration<double> duration) {
    refused_ = refused_ || AnyLoginRefused(report);
    Record(Metrics(), report, duration, world_.clock.Now());
    for (const SourceReport& source : report.sources)
      States().Set(source.name, {source.up, source.up ? "read" : source.error, kNotRequired});
    CountSpool();
  }

  void CountSpool() {
    if (!spool_) return;
    if (const auto saved = spool_->Save(); !saved)
      log::Info("counts not saved", {{"error", saved.error().message}});
    Record(Metrics(), *spool_);
  }

  void TellOffline(const std::string& error) {
    if (offline_) offline_->Tell(error, *spool_, world_.clock.Now());
  }

  const World& world_;
  std::shared_ptr<const LoadedConfig> loaded_;
  std::optional<Session> session_;
  std::optional<OurShare> share_;          ///< where several daemons share the targets
  std::unique_ptr<Sources> sources_;       ///< of `loaded_`
  std::unique_ptr<PlatformWatch> watch_;   ///< likewise
  std::string watch_error_;                ///< the last one told
  SteadyClock::time_point next_look_;      ///< at the rest of the platform
  SteadyClock::time_point next_upkeep_;    ///< while no host has values, each cycle would be due
  std::string session_error_ = "not yet";  ///< the last one told
  std::unique_ptr<Spool> spool_;           ///< null: none yet
  std::string spool_error_;                ///< the last one told
  std::optional<Offline> offline_;         ///< beside that spool, and there whenever it is
  bool blocked_ = false;                   ///< told that the spool is full
  bool refused_ = false;                   ///< in this cycle: a login
};

}  // namespace

Result<ExitCode> RunDaemon(const World& world,
                           const std::function<Result<LoadedConfig>()>& reload) {
  const daemon::Options options{
      .section = "aggregator",
      .section_of = [](Config& config) -> DaemonConfig& { return config.aggregator; },
      .reload = reload,
      .make_work = [&world] { return std::make_unique<Collecting>(world); }};
  return daemon::Run(options, world.loaded, world.stop);
}

}  // namespace mon::data_aggregator
