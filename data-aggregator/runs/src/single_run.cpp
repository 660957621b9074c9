#include <fmt/format.h>

#include "common/log.h"
#include "common/program.h"
#include "common/text.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/mysql_sample_store.h"
#include "data_aggregator/runs.h"
#include "dry_run_store.h"
#include "session.h"

namespace mon::data_aggregator {
namespace {

// Cron starts the next run after a minute.
constexpr std::chrono::milliseconds kLimit{50'000};
// Longer than any run, and short enough that a run which died on another host is replaced soon.
constexpr std::chrono::seconds kLease{120};

void TellStoreError(const CycleReport& report) {
  if (report.store_error)
    log::Error("not everything was stored", {{"error", report.store_error->message}});
}

void PrintSummary(const CycleReport& report) {
  for (const SourceReport& source : report.sources) {
    fmt::print("{:<28} {:<6} {:>7} new {:>5} refused {:>7} ms{}{}\n", CleanUtf8(source.name, 28),
               source.up ? "up" : "FAILED", source.samples, source.refused, source.duration.count(),
               source.error.empty() ? "" : "  ", EscapeControls(source.error));
  }
}

}  // namespace

Result<ExitCode> RunOnce(const World& world) {
  const Config& config = world.loaded.config;
  Session session(config.mysql, kLease);
  if (auto ready = session.Ready(); !ready) {
    if (world.stop.stop_requested()) return ExitCode::kOk;
    return std::unexpected(ready.error());
  }
  MysqlSampleStore store(session.Connection(), session.Lease());
  Cycle cycle(config, world.http, world.zabbix);
  CycleReport report = cycle.Run(store, world.clock.Now(), kLimit, world.stop);
  if (report.stopped) return ExitCode::kOk;
  TellStoreError(report);
  if (report.store_error) session.Recover(report);
  if (report.hourly_due && !report.store_error)
    KeepPartitionsAhead(config.mysql, world.clock.Now());
  if (StdoutIsTerminal()) PrintSummary(report);
  return report.exit_code;
}

Result<ExitCode> RunDry(const World& world) {
  const Config& config = world.loaded.config;
  auto connection = OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  DryRunStore store(*connection);
  Cycle cycle(config, world.http, world.zabbix);
  const CycleReport report = cycle.Run(store, world.clock.Now(), kLimit, world.stop);
  TellStoreError(report);
  return report.exit_code;
}

}  // namespace mon::data_aggregator
