#include "delivery_daemon.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "alerting_system/outbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/signals.h"
#include "daemon/daemon.h"
#include "delivery_metrics.h"
#include "mailing.h"
#include "mysql/pool.h"
#include "mysql/schema.h"

namespace mon::alerting_system {
namespace {

class Delivering final : public daemon::Work {
 public:
  explicit Delivering(const mail_delivery::DeliveryOptions& options) : options_(options) {
    States().Set("mysql", {false, "not asked yet"});
    States().Set("mail", {true, "not asked yet"});
  }

  Result<void> Use(std::shared_ptr<const LoadedConfig> loaded) override {
    auto mailing = Mailing::Make(loaded->config);
    if (!mailing) return std::unexpected(mailing.error());
    if (!mailing->settings.warning.empty()) log::Warning(mailing->settings.warning);
    if (loaded_ && !(loaded_->config.mysql == loaded->config.mysql)) pool_.reset();
    mailing_ = std::move(*mailing);
    loaded_ = std::move(loaded);
    return {};
  }

  /// One pass. A database that fails is connected to anew in the next one.
  daemon::Login RunCycle(const std::stop_token& stop,
                         const std::function<void()>& progress) override {
    login_ = daemon::Login::kFine;
    auto done = Pass(stop, progress);
    const bool standby = !done && done.error().code == ErrorCode::kBusy;
    if (!done && !standby) {
      pool_.reset();  // whatever state its connection is in
      States().Set("mysql", {false, done.error().message});
      if (done.error().code == ErrorCode::kRejected) login_ = daemon::Login::kRefused;
      LogOnce(done.error().message);
    } else {
      States().Set("mysql",
                   {true, standby ? "connected, another delivery is at work" : "connected"});
      LogOnce("");
    }
    if (!standby) RecordCycle(Metrics(), done.has_value(), SystemClock().Now());
    return login_;
  }

 private:
  Result<void> Pass(const std::stop_token& stop, const std::function<void()>& progress) {
    auto connection = Connect(stop);
    if (!connection) return std::unexpected(connection.error());
    progress();
    mail_delivery::DeliveryOptions options = options_;
    options.progress = progress;
    auto summary = mail_delivery::DeliverDue(**connection, mailing_->Channels(), mailing_->settings,
                                             mailing_->zone, options, stop);
    if (!summary) return std::unexpected(summary.error());
    Count(*summary);
    const StopLimit limit(stop);
    const auto state = ReadQueueState(**connection);
    if (!state) return std::unexpected(state.error());
    Metrics().Set("alerting_mails_due", "Mails times recipients whose turn has come.", {},
                  static_cast<double>(state->due));
    return {};
  }

  /// The one of the last pass, where it still lives and is not too old.
  Result<mysql::Pool::Lent> Connect(const std::stop_token& stop) {
    const StopLimit limit(stop);
    if (!pool_) {
      pool_.emplace(loaded_->config.mysql,
                    mysql::PoolOptions{.most = 1, .prepare = mysql::RequireSchema});
    }
    return pool_->Take(stop);
  }

  void Count(const mail_delivery::DeliverySummary& summary) {
    Record(Metrics(), summary);
    if (summary.exit_code == ExitCode::kNoPermission) login_ = daemon::Login::kRefused;
    // A server that stays away fails another mail in each pass: one line when that begins.
    if (summary.service_error.empty() || summary.service_error != last_service_error_) {
      for (const std::string& problem : summary.problems) log::Warning(problem);
    }
    last_service_error_ = summary.service_error;
    if (!summary.service_error.empty()) {
      States().Set("mail", {false, summary.service_error});
    } else if (!summary.problems.empty()) {
      States().Set("mail", {false, summary.problems.back()});
    } else if (summary.sent > 0) {
      States().Set("mail", {true, "sent by " + mailing_->transport->Name()});
    }
  }

  /// A trouble that lasts is one line when it begins and one when it ends.
  void LogOnce(const std::string& trouble) {
    if (trouble == last_trouble_) return;
    if (trouble.empty()) {
      log::Warning("delivery works again");
    } else {
      log::Error(trouble);
    }
    last_trouble_ = trouble;
  }

  mail_delivery::DeliveryOptions options_;
  std::shared_ptr<const LoadedConfig> loaded_;
  std::optional<Mailing> mailing_;   ///< of `loaded_`
  std::optional<mysql::Pool> pool_;  ///< of one: the thread of the passes
  daemon::Login login_ = daemon::Login::kFine;
  std::string last_trouble_;
  std::string last_service_error_;
};

}  // namespace

Result<ExitCode> RunDaemon(const LoadedConfig& loaded,
                           const mail_delivery::DeliveryOptions& options,
                           const std::function<Result<LoadedConfig>()>& reload,
                           const std::stop_token& stop) {
  const daemon::Options daemon{
      .section = "alerting",
      .section_of = [](Config& config) -> DaemonConfig& { return config.alerting; },
      .reload = reload,
      .make_work = [&options] { return std::make_unique<Delivering>(options); }};
  return daemon::Run(daemon, loaded, stop);
}

}  // namespace mon::alerting_system
