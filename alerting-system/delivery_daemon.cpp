#include "delivery_daemon.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "admin/admin_server.h"
#include "alerting_system/outbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "mysql/connection.h"
#include "mysql/schema.h"

namespace mon::alerting_system {
namespace {

using Dependencies = std::map<std::string, admin::Dependency>;

/// What /-/ready tells; written by the loop, read by the HTTP threads.
class Readiness {
 public:
  void Set(const std::string& name, bool ok, std::string detail) {
    const std::scoped_lock lock(mutex_);
    dependencies_[name] = {ok, std::move(detail)};
  }
  [[nodiscard]] Dependencies Get() const {
    const std::scoped_lock lock(mutex_);
    return dependencies_;
  }

 private:
  mutable std::mutex mutex_;
  Dependencies dependencies_{{"mysql", {false, "not asked yet"}},
                             {"mail", {true, "not asked yet"}}};
};

class Daemon {
 public:
  Daemon(const Config& config, mail_transport::MailTransport& transport,
         const MailSettings& settings, const TimeZone& zone,
         const mail_delivery::DeliveryOptions& options)
      : config_(config),
        transport_(transport),
        settings_(settings),
        zone_(zone),
        options_(options) {}

  /// One pass. A database that fails is connected to anew in the next one.
  void RunCycle(const std::stop_token& stop) {
    auto done = Pass(stop);
    const bool standby = !done && done.error().code == ErrorCode::kBusy;
    if (!done && !standby) {
      connection_.reset();
      readiness_.Set("mysql", false, done.error().message);
      metrics_.Add("alerting_cycles_failed_total", "Passes that the database made fail.", {}, 1);
      LogOnce(done.error().message);
    } else {
      readiness_.Set("mysql", true,
                     standby ? "connected, another delivery is at work" : "connected");
      LogOnce("");
    }
    metrics_.Set("alerting_last_cycle_timestamp_seconds", "When the last pass ended.", {},
                 static_cast<double>(EpochSeconds(SystemClock().Now())));
  }

  [[nodiscard]] const mon::Metrics& Metrics() const { return metrics_; }
  [[nodiscard]] Dependencies Ready() const { return readiness_.Get(); }

 private:
  Result<void> Pass(const std::stop_token& stop) {
    if (auto connected = Connect(); !connected) return connected;
    auto summary =
        mail_delivery::DeliverDue(*connection_, transport_, settings_, zone_, options_, stop);
    if (!summary) return std::unexpected(summary.error());
    Count(*summary);
    const auto state = ReadQueueState(*connection_);
    if (!state) return std::unexpected(state.error());
    metrics_.Set("alerting_mails_due", "Mails times recipients whose turn has come.", {},
                 static_cast<double>(state->due));
    return {};
  }

  Result<void> Connect() {
    if (connection_) return {};
    auto connection = mysql::Connection::Open(config_.mysql);
    if (!connection) return std::unexpected(connection.error());
    if (const auto schema = mysql::CheckSchema(*connection); !schema) {
      return std::unexpected(schema.error());
    }
    connection_ = *std::move(connection);
    return {};
  }

  void Count(const mail_delivery::DeliverySummary& summary) {
    for (const auto& [outcome, count] :
         {std::pair("sent", summary.sent), std::pair("deferred", summary.deferred),
          std::pair("refused", summary.refused), std::pair("uncertain", summary.uncertain)}) {
      metrics_.Add("alerting_mails_total", "Attempts to deliver a mail, by what became of them.",
                   {{"outcome", outcome}}, static_cast<double>(count));
    }
    // A server that stays away fails another mail in each pass: one line when that begins.
    if (summary.service_error.empty() || summary.service_error != last_service_error_) {
      for (const std::string& problem : summary.problems) log::Warning(problem);
    }
    last_service_error_ = summary.service_error;
    if (!summary.problems.empty()) {
      readiness_.Set("mail", false, summary.problems.back());
    } else if (summary.sent > 0) {
      readiness_.Set("mail", true, "sent by " + transport_.Name());
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

  const Config& config_;
  mail_transport::MailTransport& transport_;
  const MailSettings& settings_;
  const TimeZone& zone_;
  const mail_delivery::DeliveryOptions& options_;
  std::optional<mysql::Connection> connection_;
  mon::Metrics metrics_;
  Readiness readiness_;
  std::string last_trouble_;
  std::string last_service_error_;
};

}  // namespace

Result<ExitCode> RunDaemon(const LoadedConfig& loaded, mail_transport::MailTransport& transport,
                           const MailSettings& settings, const TimeZone& zone,
                           const mail_delivery::DeliveryOptions& options,
                           const std::stop_token& stop) {
  Daemon daemon(loaded.config, transport, settings, zone, options);
  const auto server =
      admin::StartConfigured(loaded, "alerting", loaded.config.alerting.listen, daemon.Metrics(),
                             [&daemon] { return daemon.Ready(); });
  if (!server) return std::unexpected(server.error());
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    daemon.RunCycle(stop);
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, loaded.config.alerting.interval, [] { return false; });
  }
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
