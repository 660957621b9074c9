#include "send_notice.h"

#include "alerting_system/address.h"
#include "alerting_system/message.h"
#include "alerting_system/settings.h"
#include "alerting_system/time_zone.h"
#include "common/clock.h"
#include "mail_transport/mail_transport.h"

namespace mon::data_aggregator {
namespace {

using mail_transport::Status;

Result<void> SendTo(mail_transport::MailTransport& transport,
                    const mail_transport::OutgoingMail& mail, const std::stop_token& stop) {
  const auto receipt = transport.Send(mail, stop);
  if (!receipt) return std::unexpected(receipt.error());
  if (receipt->status == Status::kSent || receipt->status == Status::kUncertain) return {};
  return Fail(ErrorCode::kUnavailable, mail.to + ": " + receipt->reply);
}

}  // namespace

Result<void> SendNotice(const Config& config, const alerting_system::ComposedMail& mail,
                        const std::string& severity, const std::stop_token& stop) {
  const auto settings = alerting_system::ResolveMailSettings(config);
  if (!settings) return std::unexpected(settings.error());
  const auto zone = alerting_system::TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  const auto sender = alerting_system::ParseAddress(settings->from);
  if (!sender) return std::unexpected(sender.error());

  alerting_system::Message message;
  message.from = settings->from;
  message.subject = mail.subject;
  message.body_text = mail.body_text;
  message.body_html = mail.body_html;
  message.severity = severity;
  message.priority = mail.priority;
  message.date = EpochSeconds(SystemClock().Now());
  const auto transport = mail_transport::MakeTransport(config, *settings);
  bool any = false;
  Result<void> last;
  for (const auto& recipient : settings->recipients) {
    message.to = {recipient};
    message.message_id = alerting_system::MessageId(mail.dedup_key, recipient, settings->from);
    const auto bytes = alerting_system::BuildMessage(message, *zone);
    if (!bytes) return std::unexpected(bytes.error());
    last = SendTo(*transport,
                  {sender->mailbox, recipient, message.message_id, message.date, *bytes}, stop);
    any = any || last.has_value();
  }
  if (any) return {};
  return last;
}

}  // namespace mon::data_aggregator
