#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "alerting_system/outbox.h"
#include "common/clock.h"
#include "common/signals.h"
#include "delivery.h"
#include "dispatcher.h"
#include "metrics/metrics_file.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "mysql/membership.h"
#include "mysql/schema.h"
#include "pass.h"
#include "pass_metrics.h"
#include "processor/processor.h"
#include "setup.h"
#include "source_watch.h"
#include "summary.h"

namespace mon::processor {
namespace {

/// Long enough for a page on a slow server; a run that died on this host is replaced at once.
constexpr std::chrono::seconds kLease{60};

/// Starts a delivery where mails are due and none is at work.
Result<ExitCode> Deliver(mysql::Connection& connection, const RunOptions& options,
                         const std::stop_token& stop) {
  auto queue = alerting_system::ReadQueueState(connection);
  if (!queue) return std::unexpected(queue.error());
  if (queue->due == 0 || queue->at_work) return ExitCode::kOk;
  auto code = RunDelivery(FindDelivery(options.shared_flags), stop);
  if (!code) return std::unexpected(code.error());
  if (stop.stop_requested() || *code == static_cast<int>(ExitCode::kTempFail)) {
    return ExitCode::kOk;
  }
  if (*code != 0) return ExitCode::kUnavailable;
  // It may have been stopped at its time limit with mails left.
  queue = alerting_system::ReadQueueState(connection);
  if (!queue) return std::unexpected(queue.error());
  return queue->due == 0 || queue->at_work ? ExitCode::kOk : ExitCode::kUnavailable;
}

Result<ExitCode> DryRun(const Setup& setup, mysql::Connection& connection,
                        const std::stop_token& stop) {
  Memory memory(setup);
  auto summary = RunPass(setup, connection, nullptr, memory, AllParts(), stop);
  if (!summary) return std::unexpected(summary.error());
  if (auto watched = WatchSources(setup, connection, nullptr, *summary, stop); !watched) {
    return std::unexpected(watched.error());
  }
  if (auto told = PreviewMails(setup, connection, summary->unsaved, *summary); !told) {
    return std::unexpected(told.error());
  }
  auto queue = alerting_system::ReadQueueState(connection);
  if (!queue) return std::unexpected(queue.error());
  fmt::print("{}", SummaryText(*summary, true));
  if (queue->due > 0) fmt::print("Mails that are due from earlier passes: {}.\n", queue->due);
  return ExitCode::kOk;
}

/// A pass under the lease, which is given back; `watched` says how the look at the sources went.
Result<Summary> LeasedPass(const Setup& setup, mysql::Connection& connection,
                           const std::stop_token& stop, Result<void>& watched) {
  auto lease = mysql::JoinAlone(connection, "processor", kLease);
  if (!lease) return std::unexpected(lease.error());
  Memory memory(setup);
  auto summary = RunPass(setup, connection, &*lease, memory, AllParts(), stop);
  if (summary && !stop.stop_requested()) {
    watched = WatchSources(setup, connection, &*lease, *summary, stop);
    if (auto told = TellAlerts(setup, connection, *lease, *summary); !told && watched) {
      watched = told;
    }
    if (watched) lease->NotePass();
  }
  auto released = lease->Release(connection);
  if (summary && !released) return std::unexpected(released.error());
  return summary;
}

/// For Prometheus, by way of a file: nobody can ask a run that is over.
void Publish(const Config& config, const Result<Summary>& pass,
             std::chrono::steady_clock::time_point begun) {
  if (!pass && pass.error().code == ErrorCode::kBusy) return;  // the other one will
  const auto duration = std::chrono::steady_clock::now() - begun;
  UpdateMetricsFile(config.state_dir, "processor", [&](Metrics& metrics) {
    Record(metrics, pass, duration, SystemClock().Now());
  });
}

}  // namespace

Result<ExitCode> RunOnce(const Config& config, const RunOptions& options,
                         const std::stop_token& stop) {
  const auto begun = std::chrono::steady_clock::now();
  auto setup = Prepare(config);
  if (!setup) return std::unexpected(setup.error());
  std::optional<StopLimit> limit(std::in_place, stop);
  auto connection = mysql::OpenChecked(config.mysql, {.bulk = true});
  if (options.dry_run) {
    if (!connection) return std::unexpected(connection.error());
    return DryRun(*setup, *connection, stop);
  }
  Result<void> watched;
  const auto summary = connection ? LeasedPass(*setup, *connection, stop, watched)
                                  : Result<Summary>(std::unexpected(connection.error()));
  Publish(config, summary, begun);
  if (!summary) return std::unexpected(summary.error());
  if (options.print_summary) {
    fmt::print("{}", SummaryText(*summary, false));
    std::fflush(stdout);  // before the delivery says what it did
  }
  if (stop.stop_requested()) return ExitCode::kOk;
  limit.reset();  // a delivery has limits of its own
  auto delivered = Deliver(*connection, options, stop);
  if (!watched) return std::unexpected(watched.error());  // it held no mail up
  return delivered;
}

}  // namespace mon::processor
