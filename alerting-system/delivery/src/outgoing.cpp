#include <utility>

#include "alerting_system/address.h"
#include "alerting_system/message.h"
#include "mail_delivery/delivery.h"

namespace mon::mail_delivery {

Result<mail_transport::OutgoingMail> BuildOutgoing(const alerting_system::QueuedMail& mail,
                                                   const std::string& from,
                                                   const alerting_system::TimeZone& zone) {
  const auto sender = alerting_system::ParseAddress(from);
  if (!sender) return std::unexpected(sender.error());
  alerting_system::Message message;
  message.from = from;
  message.to = {mail.recipient};
  message.subject = mail.subject;
  message.body_text = mail.body_text;
  message.body_html = mail.body_html;
  message.message_id = alerting_system::MessageId(mail.dedup_key, mail.recipient, from);
  message.thread_id = alerting_system::MessageId(mail.thread_root, mail.recipient, from);
  message.date = mail.created_at;
  message.priority = mail.priority;
  auto bytes = alerting_system::BuildMessage(message, zone);
  if (!bytes) return std::unexpected(bytes.error());
  return mail_transport::OutgoingMail{sender->mailbox, mail.recipient, message.message_id,
                                      mail.created_at, *std::move(bytes)};
}

}  // namespace mon::mail_delivery
