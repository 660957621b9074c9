#include "data_aggregator/direct_mail.h"

#include <utility>

#include "alerting_system/address.h"
#include "alerting_system/message.h"
#include "common/clock.h"

namespace mon::data_aggregator {

using mail_transport::Receipt;
using mail_transport::Status;

DirectSender::DirectSender(const Config& config, alerting_system::MailSettings settings,
                           alerting_system::TimeZone zone)
    : settings_(std::move(settings)),
      zone_(std::move(zone)),
      transport_(mail_transport::MakeTransport(config, settings_)) {}

Result<DirectSender> DirectSender::Make(const Config& config) {
  auto settings = alerting_system::ResolveMailSettings(config);
  if (!settings) return std::unexpected(settings.error());
  auto zone = alerting_system::TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  return DirectSender(config, *std::move(settings), *std::move(zone));
}

Result<Receipt> DirectSender::Send(const DirectMail& mail, const std::string& recipient,
                                   const std::stop_token& stop) {
  const auto sender = alerting_system::ParseAddress(settings_.from);
  if (!sender) return std::unexpected(sender.error());
  alerting_system::Message message;
  message.from = settings_.from;
  message.to = {recipient};
  message.subject = mail.mail.subject;
  message.body_text = mail.mail.body_text;
  message.body_html = mail.mail.body_html;
  message.severity = ToString(mail.severity);
  message.priority = mail.mail.priority;
  message.date = mail.date;
  message.message_id = alerting_system::MessageId(mail.mail.dedup_key, recipient, settings_.from);
  // A thread begins with its problem.
  message.thread_id =
      alerting_system::MessageId(mail.mail.thread_key + "/problem", recipient, settings_.from);
  const auto bytes = alerting_system::BuildMessage(message, zone_);
  if (!bytes) return std::unexpected(bytes.error());
  return transport_->Send({sender->mailbox, recipient, message.message_id, message.date, *bytes},
                          stop);
}

Result<void> SendNotice(const Config& config, const alerting_system::ComposedMail& mail,
                        const std::stop_token& stop) {
  auto sender = DirectSender::Make(config);
  if (!sender) return std::unexpected(sender.error());
  const DirectMail direct{mail, Severity::kCritical, EpochSeconds(SystemClock().Now())};
  bool any = false;
  Result<void> last;
  for (const auto& recipient : sender->Recipients()) {
    const auto receipt = sender->Send(direct, recipient, stop);
    if (!receipt) {
      last = std::unexpected(receipt.error());
    } else if (receipt->status == Status::kSent || receipt->status == Status::kUncertain) {
      any = true;
    } else {
      last = Fail(ErrorCode::kUnavailable, recipient + ": " + receipt->reply);
    }
  }
  if (any) return {};
  return last;
}

}  // namespace mon::data_aggregator
