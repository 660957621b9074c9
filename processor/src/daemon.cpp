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

constexpr const char* kJob = "processor";  // the name of the lease

/// One who shares looks after so long who the others are, also while it works off a backlog: they
/// wait for that, and the mails wait for the first of them.
constexpr auto kLongestShared = 5s;

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
                            old.processor.interval == fresh.processor.interval &&
                            old.processor.share == fresh.processor.share;
    if (!same_lease) End();
    // With another login the lease goes on, as after a loss of the connection.
    if (old.mysql != fresh.mysql) Disconnect();
  }
  const bool share = loaded->config.processor.share && !options_.dry_run;
  if (share && !membership_) membership_.emplace();
  if (!share) membership_.reset();
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
  const auto duration = LeaseDuration(setup_->config->processor.interval);
  auto taken = membership_ ? mysql::Join(**connection_, kJob, duration)
                           : mysql::JoinAlone(**connection_, kJob, duration);
  if (!taken) return std::unexpected(taken.error());
  lease_.emplace(std::move(*taken));
  memory_->Clear();  // another one may have had the lease
  if (!membership_) log::Info("active: this run holds the lease");
  return {};
}

/// No pass is under way: others may have what is theirs from here on.
Result<void> Passes::TakeParts() {
  Parts ours = AllParts();
  if (membership_) {
    if (auto begun = membership_->Begin(**connection_, *lease_); !begun) return begun;
    if (auto settled = membership_->Settle(**connection_, *lease_); !settled)
      return std::unexpected(settled.error());
    for (int part = 0; part < kParts; ++part)
      ours.set(static_cast<std::size_t>(part),
               membership_->Now().Owns(fmt::format("part {}", part)));
    Metrics().Set("processor_members", "Daemons that share the applications.", {},
                  static_cast<double>(membership_->Now().MemberCount()));
  }
  if (ours != parts_) memory_->Clear();
  parts_ = ours;
  Metrics().Set("processor_parts", "Parts of the applications that this daemon judges, of 64.", {},
                static_cast<double>(parts_.count()));
  // The first has to tell of what is not its own as well.
  if (parts_.none() && !membership_->Now().First())
    return Fail(ErrorCode::kBusy, membership_->Text());
  return {};
}

Result<Summary> Passes::Pass(const std::stop_token& stop, const std::function<void()>& progress) {
  if (auto connected = Connect(stop); !connected) return std::unexpected(connected.error());
  if (!options_.dry_run) {
    if (auto active = BecomeActive(); !active) return std::unexpected(active.error());
  }
  progress();
  if (!options_.dry_run) {
    if (auto taken = TakeParts(); !taken) {
      memory_->Clear();  // others may have had what comes back to us
      return std::unexpected(taken.error());
    }
  }
  const auto* lease = lease_ ? &*lease_ : nullptr;
  std::stop_source enough;
  const std::stop_callback on_stop(stop, [&enough] { enough.request_stop(); });
  const auto until = std::chrono::steady_clock::now() + kLongestShared;
  const auto after_page = [&] {
    progress();
    if (!membership_ || std::chrono::steady_clock::now() < until) return;
    goes_on_ = true;
    enough.request_stop();
  };
  auto summary =
      RunPass(*setup_, **connection_, lease, *memory_, parts_, enough.get_token(), after_page);
  if (!summary) return summary;
  if (!membership_ || membership_->Now().First()) {
    if (auto told = Tell(*summary, stop, progress); !told) return std::unexpected(told.error());
  }
  if (options_.dry_run) return summary;
  lease_->NotePass();
  auto queue = alerting_system::ReadQueueState(**connection_);
  if (!queue) return std::unexpected(queue.error());
  if (queue->due > 0 && !queue->at_work) worker_.Request();
  return summary;
}

/// What is about all applications: one does it for all.
Result<void> Passes::Tell(Summary& summary, const std::stop_token& stop,
                          const std::function<void()>& progress) {
  const auto* lease = lease_ ? &*lease_ : nullptr;
  auto watched = WatchSources(*setup_, **connection_, lease, summary, stop, progress);
  if (!watched) return watched;
  return lease == nullptr ? PreviewMails(*setup_, **connection_, summary.unsaved, summary)
                          : TellAlerts(*setup_, **connection_, *lease, summary);
}

daemon::Login Passes::RunCycle(const std::stop_token& stop, const std::function<void()>& progress) {
  const StopLimit limit(stop);
  auto login = daemon::Login::kFine;
  do {
    goes_on_ = false;
    login = RunPassOfCycle(stop, progress);
  } while (goes_on_ && !stop.stop_requested());
  return login;
}

daemon::Login Passes::RunPassOfCycle(const std::stop_token& stop,
                                     const std::function<void()>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const auto summary = Pass(stop, progress);
  Record(Metrics(), summary, std::chrono::steady_clock::now() - begin, SystemClock().Now());
  Metrics().Set("processor_active", "1 while this run holds the lease.", {},
                summary && lease_ ? 1 : 0);
  if (!summary) {
    goes_on_ = false;
    Report(summary.error());
    return summary.error().code == ErrorCode::kRejected ? daemon::Login::kRefused
                                                        : daemon::Login::kFine;
  }
  if (failing_) log::Info("passes succeed again");
  failing_ = false;
  last_error_.clear();
  TellStanding();
  if (options_.print_summary || options_.dry_run) {
    if (summary->rows > 0) fmt::print("{}", SummaryText(*summary, options_.dry_run));
    std::fflush(stdout);
  }
  return daemon::Login::kFine;
}

void Passes::TellStanding() {
  std::string standing = "active";
  if (membership_)
    standing = fmt::format("{}, {} of {} parts", membership_->Text(), parts_.count(), kParts);
  States().Set("mysql", {true, "connected, " + standing});
  if (membership_ && standing != standing_) log::Info("judging", {{"as", standing}});
  standing_ = std::move(standing);
}

void Passes::Report(const Error& error) {
  failing_ = error.code != ErrorCode::kBusy;
  if (!failing_) {
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
