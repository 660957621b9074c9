#include "daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "alerting_system/outbox.h"
#include "common/log.h"
#include "mysql/schema.h"
#include "pass.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;

/// A dead leader on another host is replaced within three intervals; a shorter lease would be lost
/// by a single slow page.
std::chrono::seconds LeaseDuration(std::chrono::milliseconds interval) {
  return std::max(std::chrono::ceil<std::chrono::seconds>(3 * interval), 15s);
}

}  // namespace

Daemon::Daemon(const Setup& setup, const RunOptions& options)
    : setup_(setup),
      options_(options),
      worker_(FindDelivery(options.shared_flags),
              [this](const Result<int>& code) { OnDelivered(code); }) {}

Daemon::~Daemon() = default;

void Daemon::GiveBack() {
  if (connection_ && lease_) (void)lease_->Release(*connection_);
  lease_.reset();
}

Result<void> Daemon::Connect() {
  if (connection_) return {};
  auto opened = mysql::Connection::Open(setup_.config->mysql);
  if (!opened) return std::unexpected(opened.error());
  if (auto schema = mysql::CheckSchema(*opened); !schema) return std::unexpected(schema.error());
  connection_.emplace(std::move(*opened));
  return {};
}

/// The lease outlives a lost connection: it is bound to the new one.
Result<void> Daemon::BecomeActive() {
  if (lease_) {
    auto renewed = lease_->Renew(*connection_);
    if (renewed || renewed.error().code != ErrorCode::kBusy) return renewed;
    lease_.reset();
  }
  auto taken = mysql::Lease::Acquire(*connection_, "processor",
                                     LeaseDuration(setup_.config->processor.interval));
  if (!taken) return std::unexpected(taken.error());
  lease_.emplace(std::move(*taken));
  log::Info("active: this run holds the lease");
  return {};
}

Result<Summary> Daemon::Pass(const std::stop_token& stop) {
  if (auto connected = Connect(); !connected) return std::unexpected(connected.error());
  if (!options_.dry_run) {
    if (auto active = BecomeActive(); !active) return std::unexpected(active.error());
  }
  auto summary = RunPass(setup_, *connection_, lease_ ? &*lease_ : nullptr, stop);
  if (!summary || options_.dry_run) return summary;
  auto queue = alerting_system::ReadQueueState(*connection_);
  if (!queue) return std::unexpected(queue.error());
  if (queue->due > 0 && !queue->at_work) worker_.Request();
  return summary;
}

void Daemon::RunCycle(const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  const auto summary = Pass(stop);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  metrics_.Set("processor_active", "1 while this run holds the lease.", {},
               summary && lease_ ? 1 : 0);
  metrics_.Set("processor_pass_duration_seconds", "Duration of the last pass.", {}, took.count());
  if (!summary) {
    Report(summary.error());
    return;
  }
  if (!last_error_.empty()) log::Info("passes succeed again");
  last_error_.clear();
  Count(*summary);
  SetState(true, "connected, active");
  if (options_.print_summary || options_.dry_run) {
    if (summary->rows > 0) fmt::print("{}", SummaryText(*summary, options_.dry_run));
    std::fflush(stdout);
  }
}

void Daemon::Count(const Summary& summary) {
  const auto count = [this](const char* name, const char* help, std::size_t amount,
                            const mon::Metrics::Labels& labels = {}) {
    metrics_.Add(name, help, labels, static_cast<double>(amount));
  };
  count("processor_passes_total", "Passes by outcome.", 1, {{"outcome", "done"}});
  count("processor_rows_total", "Rows of hyphenmon_metrics read.", summary.rows);
  count("processor_late_samples_total", "Samples judged as late data, once per rule.",
        summary.late);
  count("processor_incidents_fired_total", "Incidents that began.", summary.fired.size());
  count("processor_incidents_resolved_total", "Incidents that ended.", summary.resolved.size());
  count("processor_mails_queued_total", "Mails queued.", summary.mails.size());
  for (const auto& [reason, rows] : summary.skipped) {
    count("processor_rows_skipped_total", "Rows that cannot be judged, by reason.", rows,
          {{"reason", reason}});
  }
  metrics_.Set("processor_waiting_samples", "Samples that wait for values of items.", {},
               static_cast<double>(summary.waiting));
  metrics_.Set("processor_last_success_timestamp_seconds", "When a pass last succeeded.", {},
               static_cast<double>(EpochSeconds(SystemClock().Now())));
}

void Daemon::Report(const Error& error) {
  if (error.code == ErrorCode::kBusy) {
    // Standing by is a state, not a failure.
    if (error.message != last_error_) log::Info("standing by", {{"reason", error.message}});
    SetState(true, "connected, standing by");
    metrics_.Add("processor_passes_total", "Passes by outcome.", {{"outcome", "standby"}}, 1);
  } else {
    if (error.message != last_error_) log::Error("pass failed", {{"reason", error.message}});
    SetState(false, error.message);
    metrics_.Add("processor_passes_total", "Passes by outcome.", {{"outcome", "failed"}}, 1);
    connection_.reset();  // whatever state it is in
  }
  last_error_ = error.message;
}

void Daemon::OnDelivered(const Result<int>& code) {
  const bool good = code && (*code == 0 || *code == static_cast<int>(ExitCode::kTempFail));
  std::string detail = "delivered";
  if (!code) detail = code.error().message;
  if (code && !good) detail = fmt::format("alerting-system deliver ended with {}", *code);
  metrics_.Add("processor_deliveries_total", "Deliveries by outcome.",
               {{"outcome", good ? "done" : "failed"}}, 1);
  const std::lock_guard lock(mutex_);
  if (!good && detail != delivery_.detail) log::Error("delivery failed", {{"reason", detail}});
  delivery_ = {good, std::move(detail)};
}

void Daemon::SetState(bool ok, std::string detail) {
  const std::lock_guard lock(mutex_);
  database_ = {ok, std::move(detail)};
}

std::map<std::string, admin::Dependency> Daemon::Ready() const {
  const std::lock_guard lock(mutex_);
  return {{"database", database_}, {"delivery", delivery_}};
}

}  // namespace mon::processor
