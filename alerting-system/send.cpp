#include "send.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "alerting_system/address.h"
#include "alerting_system/compose.h"
#include "alerting_system/message.h"
#include "alerting_system/outbox.h"
#include "alerting_system/settings.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "common/signals.h"
#include "common/text.h"
#include "mail_transport/mail_transport.h"
#include "mailing.h"
#include "receivers/receivers.h"

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

/// The exit code of what became of it at one recipient.
ExitCode Tell(const std::string& recipient, const std::string& way,
              const Result<mail_transport::Receipt>& receipt) {
  if (!receipt) {
    log::Error("mail not sent", {{"recipient", recipient}, {"error", receipt.error().message}});
    return ExitCodeFor(receipt.error().code);
  }
  switch (receipt->status) {
    case mail_transport::Status::kSent:
      if (StdoutIsTerminal()) fmt::print("sent to {} by {}\n", recipient, way);
      return ExitCode::kOk;
    case mail_transport::Status::kRefused:
      log::Error("recipient refused", {{"recipient", recipient}, {"reply", receipt->reply}});
      return ExitCode::kUnavailable;
    case mail_transport::Status::kDeferred:
      log::Error("mail not taken now", {{"recipient", recipient}, {"reply", receipt->reply}});
      return ExitCode::kUnavailable;
    case mail_transport::Status::kUncertain:
      log::Error("mail may or may not have been taken",
                 {{"recipient", recipient}, {"reply", receipt->reply}});
      return ExitCode::kUnavailable;
  }
  return ExitCode::kSoftware;
}

/// Whom the request means, mail addresses and others.
Result<std::vector<std::string>> RecipientsOf(const Config& config, const SendRequest& request,
                                              const MailSettings& settings) {
  if (request.receiver.empty()) return settings.recipients;
  const auto found = std::ranges::find(config.receivers, request.receiver, &ReceiverConfig::name);
  if (found != config.receivers.end()) return TargetsOf(*found);
  return Fail(ErrorCode::kUsage,
              fmt::format("--receiver: the configuration has no [[receiver]] named {}",
                          QuoteJson(request.receiver)));
}

/// For a receiver that takes no mail.
QueuedMail QueuedOf(const Message& message, const std::string& recipient) {
  QueuedMail mail;
  mail.recipient = recipient;
  mail.subject = message.subject;
  mail.body_text = message.body_text;
  mail.priority = message.priority;
  mail.created_at = message.date;
  mail.dedup_key = message.message_id;
  mail.thread_root = message.message_id;
  return mail;
}

}  // namespace

Result<ExitCode> Send(const Config& config, const SendRequest& request) {
  auto mailing = Mailing::Make(config);
  if (!mailing) return std::unexpected(mailing.error());
  const MailSettings& settings = mailing->settings;
  const auto recipients = RecipientsOf(config, request, settings);
  if (!recipients) return std::unexpected(recipients.error());
  Message message = MakeMessage(request, settings);
  std::vector<QueuedMail> others;
  message.to.clear();
  for (const std::string& recipient : *recipients) {
    if (receivers::IsReceiver(recipient)) {
      others.push_back(QueuedOf(message, recipient));
    } else {
      message.to.push_back(recipient);
    }
  }
  const auto bytes =
      message.to.empty() ? Result<std::string>() : BuildMessage(message, mailing->zone);
  if (!bytes) return std::unexpected(bytes.error());
  if (request.dry_run) {
    std::fwrite(bytes->data(), 1, bytes->size(), stdout);
    for (const auto& mail : others) {
      fmt::print("{}: {}\n", mail.recipient, receivers::BodyFor(mail));
    }
    return ExitCode::kOk;
  }
  if (!settings.warning.empty() && !message.to.empty()) log::Warning(settings.warning);

  const StopSignals signals;
  const auto sender = ParseAddress(settings.from);
  if (!sender) return std::unexpected(sender.error());
  ExitCode code = ExitCode::kOk;
  for (const std::string& recipient : message.to) {
    const mail_transport::OutgoingMail mail{sender->mailbox, recipient, message.message_id,
                                            message.date, *bytes};
    code = Worse(code, Tell(recipient, mailing->transport->Name(),
                            mailing->transport->Send(mail, signals.Token())));
  }
  for (const QueuedMail& mail : others) {
    code = Worse(
        code, Tell(mail.recipient, "its receiver", mailing->receivers.Send(mail, signals.Token())));
  }
  return code;
}

}  // namespace mon::alerting_system
