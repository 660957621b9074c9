#include <fmt/format.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "common/log.h"
#include "common/program.h"
#include "common/text.h"
#include "cycle_metrics.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/mysql_sample_store.h"
#include "data_aggregator/platform_watch.h"
#include "data_aggregator/replay.h"
#include "data_aggregator/runs.h"
#include "dry_run_store.h"
#include "metrics/metrics_file.h"
#include "mysql/schema.h"
#include "offline.h"
#include "session.h"
#include "sources.h"
#include "spooling.h"

namespace mon::data_aggregator {
namespace {

// Cron starts the next run after a minute.
constexpr std::chrono::milliseconds kLimit{50'000};
// A mail about the platform itself that takes longer is sent again by the next run.
constexpr std::chrono::seconds kMailLimit{10};
// Longer than any run, and short enough that a run which died on another host is replaced soon.
constexpr std::chrono::seconds kLease{120};

void TellStoreError(const CycleReport& report) {
  if (report.store_error)
    log::Error("not everything was stored", {{"error", report.store_error->message}});
}

/// The counts alone; a sample that is safe does not hang on them.
void Save(Spool& spool) {
  if (const auto saved = spool.Save(); !saved)
    log::Warning("counts not saved", {{"error", saved.error().message}});
}

void PrintSummary(const CycleReport& report) {
  for (const SourceReport& source : report.sources) {
    fmt::print("{:<28} {:<6} {:>7} new {:>5} refused {:>7} ms{}{}\n", CleanUtf8(source.name, 28),
               source.up ? "up" : "FAILED", source.samples, source.refused, source.duration.count(),
               source.error.empty() ? "" : "  ", EscapeControls(source.error));
  }
}

/// For Prometheus, by way of a file: nobody can ask a run that is over.
void Publish(const World& world, const CycleReport& report, const Spool* spool,
             std::chrono::steady_clock::time_point begun) {
  const auto duration = std::chrono::steady_clock::now() - begun;
  UpdateMetricsFile(world.loaded.config.state_dir, "data-aggregator", [&](Metrics& metrics) {
    Record(metrics, report, duration, world.clock.Now());
    if (spool != nullptr) Record(metrics, *spool);
  });
}

void WatchPlatform(const Config& config, Session& session) {
  PlatformWatch watch(config);
  const auto found = watch.Look(session.Connection(), session.Lease());
  const auto told = found ? watch.Finish(session.Connection(), session.Lease(), kMailLimit)
                          : Result<void>(std::unexpected(found.error()));
  if (!told)
    log::Warning("the rest of the platform is not watched", {{"error", told.error().message}});
}

/// What this run keeps on disk, while there is a disk: both or none.
struct Keep {
  std::unique_ptr<Spool> spool;
  std::unique_ptr<Offline> offline;

  [[nodiscard]] Sinks Into(SampleStore* database) const {
    Sinks sinks{database, spool.get(), {}};
    if (offline) {
      sinks.watch = [this](std::span<const ApplicationSample> samples, bool stored) {
        offline->edge.Judge(samples, stored);
      };
    }
    return sinks;
  }

  void Tell(const std::string& error, TimePoint now) const {
    if (!offline) return;
    offline->Tell(error, *spool, now);
    offline->Finish(kMailLimit);
  }
};

/// While the database is away: the samples of the applications go to the disk.
ExitCode CollectIntoSpool(const World& world, const Keep& keep, const Error& why) {
  const auto begun = std::chrono::steady_clock::now();
  Sources sources(world.loaded.config, world, Readings::kOne);
  CycleReport report =
      sources.Cycle().Run(keep.Into(nullptr), world.clock.Now(), kLimit, world.stop);
  Save(*keep.spool);
  if (report.stopped) return ExitCode::kOk;
  report.exit_code = Worse(report.exit_code, ExitCodeFor(why.code));
  Publish(world, report, keep.spool.get(), begun);
  TellAway(why, report, *keep.spool);
  keep.Tell(why.message, world.clock.Now());
  if (StdoutIsTerminal()) PrintSummary(report);
  return report.exit_code;
}

/// What lay in the spool goes first, so that samples come in the order of their time; where that is
/// much, the rest of it comes after those of now.
ExitCode Collect(const World& world, Session& session, const Keep& keep) {
  Spool* const spool = keep.spool.get();
  const Config& config = world.loaded.config;
  const auto begun = std::chrono::steady_clock::now();
  MysqlSampleStore store(session.Connection(), session.Lease(), &session.Memory());
  Sources sources(config, world, Readings::kOne);
  std::optional<Error> replay_error;
  const auto replay = [&](std::chrono::milliseconds share) {
    if (spool == nullptr || replay_error) return;
    replay_error = Replay(*spool, store, world.clock.Now(), begun + share, world.stop).error;
  };
  replay(kLimit / 5);
  CycleReport report =
      sources.Cycle().Run(keep.Into(&store), world.clock.Now(), kLimit - kLimit / 5, world.stop);
  if (!report.store_error) replay(kLimit);
  if (spool != nullptr) Save(*spool);
  if (replay_error && !report.store_error) NoteStoreError(report, *replay_error);
  if (report.stopped) return ExitCode::kOk;
  if (report.store_error) {
    if (report.spooled > 0)
      TellAway(*report.store_error, report, *spool);
    else
      TellStoreError(report);
    session.Recover(report);
  } else {
    if (report.hourly_due) KeepPartitionsAhead(config.mysql, world.clock.Now());
    WatchPlatform(config, session);
  }
  keep.Tell(report.store_error ? report.store_error->message : "", world.clock.Now());
  Publish(world, report, spool, begun);
  if (StdoutIsTerminal()) PrintSummary(report);
  return report.exit_code;
}

/// While another run collects: what we have on disk, nobody else can store.
Result<void> StoreAside(const World& world, const Keep& keep) {
  if (!keep.spool) return {};
  keep.Tell("", world.clock.Now());
  if (keep.spool->Count() == 0 && !keep.offline->edge.HasTold()) return {};
  const auto until = std::chrono::steady_clock::now() + kLimit;
  return ReplayAside(world.loaded.config.mysql, *keep.spool, keep.offline->edge, world.clock.Now(),
                     until, world.stop);
}

}  // namespace

Result<ExitCode> RunOnce(const World& world) {
  const Config& config = world.loaded.config;
  const auto begun = std::chrono::steady_clock::now();
  auto opened = OpenSpool(config, world.clock.Now());
  if (!opened && opened.error().code != ErrorCode::kIo) return std::unexpected(opened.error());
  if (!opened) TellNoSpool(opened.error());
  Keep keep;
  if (opened) {
    keep.spool = std::move(*opened);
    keep.offline = std::make_unique<Offline>(config);
  }
  Session session(config.mysql, kLease);
  auto usable = session.Ready();
  if (!usable && usable.error().code == ErrorCode::kBusy) {
    if (auto aside = StoreAside(world, keep); !aside) return std::unexpected(aside.error());
    return std::unexpected(usable.error());
  }
  if (usable && keep.offline)
    usable = keep.offline->edge.HandOver(session.Connection(), session.Lease());
  if (usable) return Collect(world, session, keep);
  if (world.stop.stop_requested()) return ExitCode::kOk;
  if (keep.spool) return CollectIntoSpool(world, keep, usable.error());
  CycleReport failed;
  failed.exit_code = ExitCodeFor(usable.error().code);
  Publish(world, failed, nullptr, begun);
  return std::unexpected(usable.error());
}

Result<ExitCode> RunDry(const World& world) {
  const Config& config = world.loaded.config;
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  DryRunStore store(*connection);
  Sources sources(config, world, Readings::kOne);
  const CycleReport report =
      sources.Cycle().Run({.database = &store}, world.clock.Now(), kLimit, world.stop);
  TellStoreError(report);
  return report.exit_code;
}

}  // namespace mon::data_aggregator
