#include "send.h"

#include <fmt/format.h>

#include <cstdio>

#include "alerting_system/address.h"
#include "alerting_system/compose.h"
#include "alerting_system/message.h"
#include "alerting_system/settings.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "common/signals.h"
#include "mail_transport/mail_transport.h"

namespace mon::alerting_system {
namespace {

int PriorityOf(const std::string& severity) {
  if (severity == "critical") return 1;
  if (severity == "warning") return 2;
  return severity == "info" ? 4 : 3;
}

Message MakeMessage(const SendRequest& request, const MailSettings& settings) {
  Message message;
  message.from = settings.from;
  message.to = settings.recipients;
  message.subject = request.subject;
  message.body_text = request.body;
  message.body_html = TextAsHtml(request.subject, request.body);
  message.severity = request.severity;
  message.priority = PriorityOf(request.severity);
  message.date = EpochSeconds(SystemClock().Now());
  message.message_id = FreshMessageId(settings.from, message.date);
  return message;
}

/// One recipient; the exit code of what became of it.
ExitCode SendTo(mail_transport::MailTransport& transport, const mail_transport::OutgoingMail& mail,
                const std::stop_token& stop) {
  const auto receipt = transport.Send(mail, stop);
  if (!receipt) {
    log::Error("mail not sent", {{"recipient", mail.to}, {"error", receipt.error().message}});
    return ExitCodeFor(receipt.error().code);
  }
  switch (receipt->status) {
    case mail_transport::Status::kSent:
      if (StdoutIsTerminal()) fmt::print("sent to {} by {}\n", mail.to, transport.Name());
      return ExitCode::kOk;
    case mail_transport::Status::kRefused:
      log::Error("recipient refused", {{"recipient", mail.to}, {"reply", receipt->reply}});
      return ExitCode::kUnavailable;
    case mail_transport::Status::kDeferred:
      log::Error("mail not taken now", {{"recipient", mail.to}, {"reply", receipt->reply}});
      return ExitCode::kUnavailable;
    case mail_transport::Status::kUncertain:
      log::Error("mail may or may not have been taken",
                 {{"recipient", mail.to}, {"reply", receipt->reply}});
      return ExitCode::kUnavailable;
  }
  return ExitCode::kSoftware;
}

}  // namespace

Result<ExitCode> Send(const Config& config, const SendRequest& request) {
  const auto settings = ResolveMailSettings(config);
  if (!settings) return std::unexpected(settings.error());
  const auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  const Message message = MakeMessage(request, *settings);
  const auto bytes = BuildMessage(message, *zone);
  if (!bytes) return std::unexpected(bytes.error());
  if (request.dry_run) {
    std::fwrite(bytes->data(), 1, bytes->size(), stdout);
    return ExitCode::kOk;
  }
  if (!settings->warning.empty()) log::Warning(settings->warning);

  const StopSignals signals;
  const auto sender = ParseAddress(settings->from);
  if (!sender) return std::unexpected(sender.error());
  const auto transport = mail_transport::MakeTransport(config, *settings);
  ExitCode code = ExitCode::kOk;
  for (const std::string& recipient : settings->recipients) {
    const mail_transport::OutgoingMail mail{sender->mailbox, recipient, message.message_id,
                                            message.date, *bytes};
    code = Worse(code, SendTo(*transport, mail, signals.Token()));
  }
  return code;
}

}  // namespace mon::alerting_system
