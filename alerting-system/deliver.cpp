#include "deliver.h"

#include <fmt/format.h>

#include <cstdio>

#include "alerting_system/outbox.h"
#include "alerting_system/settings.h"
#include "common/log.h"
#include "common/signals.h"
#include "delivery_daemon.h"
#include "mail_delivery/delivery.h"
#include "mail_transport/mail_transport.h"
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

}  // namespace

Result<ExitCode> Deliver(const LoadedConfig& loaded, const DeliverRequest& request) {
  const Config& config = loaded.config;
  const auto settings = ResolveMailSettings(config);
  if (!settings) return std::unexpected(settings.error());
  const auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  const StopSignals signals;
  const auto transport = mail_transport::MakeTransport(config, *settings);
  mail_delivery::DeliveryOptions options;
  options.max_runtime = request.max_runtime;
  if (!settings->warning.empty()) log::Warning(settings->warning);
  if (request.daemon) {
    return RunDaemon(loaded, *transport, *settings, *zone, options, signals.Token());
  }

  auto connection = mysql::Connection::Open(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  if (const auto schema = mysql::CheckSchema(*connection); !schema) {
    return std::unexpected(schema.error());
  }
  if (request.dry_run) return DryRun(*connection, *settings, *zone);
  const auto summary = mail_delivery::DeliverDue(*connection, *transport, *settings, *zone, options,
                                                 signals.Token());
  if (!summary) return std::unexpected(summary.error());
  Tell(*summary);
  return summary->exit_code;
}

}  // namespace mon::alerting_system
