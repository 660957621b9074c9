#include "daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "alerting_system/outbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/signals.h"
#include "dispatcher.h"
#include "mysql/schema.h"
#include "pass.h"
#include "pass_metrics.h"
#include "source_watch.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;

/// A dead leader on another host is replaced within three intervals; a shorter lease would be lost
/// by a single slow page.
std::chrono::seconds LeaseDuration(std::chrono::milliseconds interval) {
  return std::max(std::chrono::ceil<std::chrono::seconds>(3 * interval), 15s);
}

}  // namespace

Passes::Passes(RunOptions options, const std::stop_token& stop)
    : options_(std::move(options)),
      worker_(FindDelivery(options_.shared_flags), stop,
              [this](const Result<int>& code) { OnDelivered(code); }) {
  States().Set("mysql", {false, "not connected yet"});
  States().Set("delivery", {true, "nothing was delivered yet"});
}

Passes::~Passes() = default;

Result<void> Passes::Use(std::shared_ptr<const LoadedConfig> loaded) {
  auto setup = Prepare(loaded->config);
  if (!setup) return std::unexpected(setup.error());
  if (loaded_) {
    const Config& old = loaded_->config;
    const Config& fresh = loaded->config;
    const bool same_lease = mysql::SameDatabase(old.mysql, fresh.mysql) &&
                            old.processor.interval == fresh.processor.interval;
    if (!same_lease) End();
    // With another login the lease goes on, as after a loss of the connection.
    if (old.mysql != fresh.mysql) Disconnect();
  }
  setup_ = std::move(*setup);
  memory_.emplace(*setup_);
  loaded_ = std::move(loaded);
  return {};
}

void Passes::End() {
  if (connection_ && lease_) (void)lease_->Release(**connection_);
  lease_.reset();
  Disconnect();
}

void Passes::Disconnect() {
  connection_.reset();
  pool_.reset();
}

/// The one of the last cycle, where it still lives and is not too old.
Result<void> Passes::Connect(const std::stop_token& stop) {
  connection_.reset();
  if (!pool_) {
    pool_.emplace(
        setup_->config->mysql,
        mysql::PoolOptions{.most = 1, .connect = {.bulk = true}, .prepare = mysql::RequireSchema});
  }
  auto taken = pool_->Take(stop);
  if (!taken) return std::unexpected(taken.error());
  connection_.emplace(std::move(*taken));
  return {};
}

/// The lease outlives a lost connection: it is bound to the new one.
Result<void> Passes::BecomeActive() {
  if (lease_) {
    auto renewed = lease_->Renew(**connection_);
    if (renewed || renewed.error().code != ErrorCode::kBusy) return renewed;
    lease_.reset();
  }
  auto taken = mysql::Lease::Acquire(**connection_, "processor",
                                     LeaseDuration(setup_->config->processor.interval));
  if (!taken) return std::unexpected(taken.error());
  lease_.emplace(std::move(*taken));
  memory_->Clear();  // another one may have had the lease
  log::Info("active: this run holds the lease");
  return {};
}

Result<Summary> Passes::Pass(const std::stop_token& stop, const std::function<void()>& progress) {
  if (auto connected = Connect(stop); !connected) return std::unexpected(connected.error());
  if (!options_.dry_run) {
    if (auto active = BecomeActive(); !active) return std::unexpected(active.error());
  }
  progress();
  const auto* lease = lease_ ? &*lease_ : nullptr;
  auto summary = RunPass(*setup_, **connection_, lease, *memory_, stop, progress);
  if (!summary) return summary;
  if (auto watched = WatchSources(*setup_, **connection_, lease, *summary, stop, progress);
      !watched) {
    return std::unexpected(watched.error());
  }
  auto told = lease == nullptr ? PreviewMails(*setup_, **connection_, summary->unsaved, *summary)
                               : TellAlerts(*setup_, **connection_, *lease, *summary);
  if (!told) return std::unexpected(told.error());
  if (options_.dry_run) return summary;
  lease_->NotePass();
  auto queue = alerting_system::ReadQueueState(**connection_);
  if (!queue) return std::unexpected(queue.error());
  if (queue->due > 0 && !queue->at_work) worker_.Request();
  return summary;
}

daemon::Login Passes::RunCycle(const std::stop_token& stop, const std::function<void()>& progress) {
  const StopLimit limit(stop);
  const auto begin = std::chrono::steady_clock::now();
  const auto summary = Pass(stop, progress);
  Record(Metrics(), summary, std::chrono::steady_clock::now() - begin, SystemClock().Now());
  Metrics().Set("processor_active", "1 while this run holds the lease.", {},
                summary && lease_ ? 1 : 0);
  if (!summary) {
    Report(summary.error());
    return summary.error().code == ErrorCode::kRejected ? daemon::Login::kRefused
                                                        : daemon::Login::kFine;
  }
  if (!last_error_.empty()) log::Info("passes succeed again");
  last_error_.clear();
  States().Set("mysql", {true, "connected, active"});
  if (options_.print_summary || options_.dry_run) {
    if (summary->rows > 0) fmt::print("{}", SummaryText(*summary, options_.dry_run));
    std::fflush(stdout);
  }
  return daemon::Login::kFine;
}

void Passes::Report(const Error& error) {
  if (error.code == ErrorCode::kBusy) {
    // Standing by is a state, not a failure.
    if (error.message != last_error_) log::Info("standing by", {{"reason", error.message}});
    States().Set("mysql", {true, "connected, standing by"});
  } else {
    if (error.message != last_error_) log::Error("pass failed", {{"reason", error.message}});
    States().Set("mysql", {false, error.message});
    Disconnect();  // whatever state it is in
  }
  last_error_ = error.message;
}

void Passes::OnDelivered(const Result<int>& code) {
  const bool good = code && (*code == 0 || *code == static_cast<int>(ExitCode::kTempFail));
  std::string detail = "delivered";
  if (!code) detail = code.error().message;
  if (code && !good) detail = fmt::format("alerting-system deliver ended with {}", *code);
  Metrics().Add("processor_deliveries_total", "Deliveries by outcome.",
                {{"outcome", good ? "done" : "failed"}}, 1);
  if (!good && detail != delivery_error_) log::Error("delivery failed", {{"reason", detail}});
  delivery_error_ = good ? "" : detail;
  States().Set("delivery", {good, std::move(detail)});
}

}  // namespace mon::processor
