#include <utility>

#include "alerting_system/address.h"
#include "alerting_system/message.h"
#include "chart/render.h"
#include "common/log.h"
#include "mail_delivery/delivery.h"

namespace mon::mail_delivery {
namespace {

/// A mail without its picture, which the text tells as well, is better than none.
std::string PictureOf(const alerting_system::QueuedMail& mail,
                      const alerting_system::TimeZone& zone) {
  if (mail.chart.empty()) return {};
  const auto chart = alerting_system::ChartFromJson(mail.chart);
  auto png = chart ? chart::RenderPng(*chart, zone) : std::unexpected(chart.error());
  if (png) return *std::move(png);
  log::Warning(
      "a mail goes without its picture",
      {{"notification", std::to_string(mail.notification_id)}, {"reason", png.error().message}});
  return {};
}

}  // namespace

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
  message.chart_png = PictureOf(mail, zone);
  auto bytes = alerting_system::BuildMessage(message, zone);
  if (!bytes) return std::unexpected(bytes.error());
  return mail_transport::OutgoingMail{sender->mailbox, mail.recipient, message.message_id,
                                      mail.created_at, *std::move(bytes)};
}

}  // namespace mon::mail_delivery
