#include "deliver.h"

#include <fmt/format.h>

#include <cstdio>

#include "alerting_system/outbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/signals.h"
#include "delivery_daemon.h"
#include "delivery_metrics.h"
#include "mail_delivery/delivery.h"
#include "mailing.h"
#include "metrics/metrics_file.h"
#include "mysql/connection.h"
#include "mysql/schema.h"

namespace mon::alerting_system {
namespace {

/// What is due, as the bytes that would be sent.
Result<ExitCode> DryRun(mysql::Connection& connection, const MailSettings& settings,
                        const TimeZone& zone) {
  const auto due = ListDue(connection);
  if (!due) return std::unexpected(due.error());
  for (const QueuedMail& mail : *due) {
    if (receivers::IsReceiver(mail.recipient)) {
      fmt::print("{}: {}\n\n", mail.recipient, receivers::BodyFor(mail));
      continue;
    }
    const auto outgoing = mail_delivery::BuildOutgoing(mail, settings.from, zone);
    if (!outgoing) return std::unexpected(outgoing.error());
    std::fwrite(outgoing->bytes.data(), 1, outgoing->bytes.size(), stdout);
    fmt::print("\n");
  }
  fmt::print(stderr, "{} mail{} would be sent\n", due->size(), due->size() == 1 ? "" : "s");
  return ExitCode::kOk;
}

void Tell(const mail_delivery::DeliverySummary& summary) {
  for (const std::string& problem : summary.problems) log::Warning(problem);
  if (!StdoutIsTerminal()) return;
  fmt::print("{} sent, {} waiting for another attempt, {} refused, {} uncertain\n", summary.sent,
             summary.deferred, summary.refused, summary.uncertain);
}

/// For Prometheus, by way of a file: nobody can ask a run that is over.
void Publish(const Config& config, const Result<mail_delivery::DeliverySummary>& summary) {
  if (!summary && summary.error().code == ErrorCode::kBusy) return;  // the other one will
  UpdateMetricsFile(config.state_dir, "alerting-system", [&](Metrics& metrics) {
    RecordCycle(metrics, summary.has_value(), SystemClock().Now());
    if (summary) Record(metrics, *summary);
  });
}

}  // namespace

Result<ExitCode> Deliver(const LoadedConfig& loaded, const DeliverRequest& request) {
  const Config& config = loaded.config;
  const StopSignals signals;
  const std::stop_token stop = signals.Token();
  mail_delivery::DeliveryOptions options;
  options.max_runtime = request.max_runtime;
  if (request.daemon && !request.dry_run) return RunDaemon(loaded, options, request.reload, stop);

  auto mailing = Mailing::Make(config);
  if (!mailing) return std::unexpected(mailing.error());
  if (!mailing->settings.warning.empty()) log::Warning(mailing->settings.warning);
  auto connection = [&] {
    const StopLimit limit(stop);
    return mysql::OpenChecked(config.mysql);
  }();
  if (request.dry_run) {
    if (!connection) return std::unexpected(connection.error());
    return DryRun(*connection, mailing->settings, mailing->zone);
  }
  using Delivered = Result<mail_delivery::DeliverySummary>;
  const auto summary =
      connection ? mail_delivery::DeliverDue(*connection, mailing->Channels(), mailing->settings,
                                             mailing->zone, options, stop)
                 : Delivered(std::unexpected(connection.error()));
  Publish(config, summary);
  if (!summary) return std::unexpected(summary.error());
  Tell(*summary);
  return summary->exit_code;
}

}  // namespace mon::alerting_system
