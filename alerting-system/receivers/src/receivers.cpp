#include "receivers/receivers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "alerting_system/payload.h"
#include "chat.h"
#include "command.h"
#include "common/text.h"
#include "http/http_client.h"
#include "webhook.h"

namespace mon::receivers {
namespace {

using alerting_system::QueuedMail;
using mail_transport::Receipt;
using mail_transport::Status;

/// "slack:oncall" is the receiver oncall, by way of slack.
std::pair<std::string_view, std::string_view> Split(std::string_view recipient) {
  const auto colon = recipient.find(':');
  if (colon == std::string_view::npos) return {};
  return {recipient.substr(0, colon), recipient.substr(colon + 1)};
}

std::string TextOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json WithReceiver(const Json& payload, std::string_view name) {
  Json whole = {{"receiver", name}};
  whole.update(payload);
  return whole;
}

std::string TextAt(const Json& payload, const char* key) {
  const auto text = payload.find(key);
  return text != payload.end() && text->is_string() ? text->get<std::string>() : "";
}

/// A variable's value cannot hold a NUL, and should not hold a line break.
std::vector<std::string> EnvironmentOf(const QueuedMail& mail, const Json& payload,
                                       const std::string& name) {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "MON_RECEIVER=" + name, "MON_STATUS=" + EscapeControls(TextAt(payload, "status")),
          "MON_SUBJECT=" + EscapeControls(mail.subject),
          "MON_GROUP_KEY=" + EscapeControls(TextAt(payload, "groupKey"))};
}

}  // namespace

struct Receivers::Impl {
  std::vector<ReceiverConfig> receivers;
  std::unique_ptr<http::Client> client;

  [[nodiscard]] const ReceiverConfig* Find(const std::string& recipient) const {
    const auto found = std::ranges::find_if(receivers, [&](const ReceiverConfig& receiver) {
      const auto targets = TargetsOf(receiver);
      return std::ranges::find(targets, recipient) != targets.end();
    });
    return found == receivers.end() ? nullptr : &*found;
  }
};

bool IsReceiver(std::string_view recipient) {
  const auto channel = Split(recipient).first;
  return channel == "webhook" || channel == "slack" || channel == "teams" || channel == "command";
}

Receivers::Receivers(const Config& config)
    : impl_(new Impl{config.receivers, http::MakeCurlClient({.ca_file = config.ca_file})}) {}
Receivers::~Receivers() = default;
Receivers::Receivers(Receivers&&) noexcept = default;
Receivers& Receivers::operator=(Receivers&&) noexcept = default;

Result<Receipt> Receivers::Send(const QueuedMail& mail, std::stop_token stop) {
  const ReceiverConfig* receiver = impl_->Find(mail.recipient);
  if (receiver == nullptr) {
    return Receipt{Status::kRefused,
                   fmt::format("the configuration has no receiver for {} any more", mail.recipient),
                   false, std::nullopt};
  }
  const std::string body = BodyFor(mail);
  if (Split(mail.recipient).first == "command") {
    return RunCommand(*receiver, body, EnvironmentOf(mail, PayloadOf(mail), receiver->name), stop);
  }
  return Post(*impl_->client, *receiver, body,
              alerting_system::IdempotencyKey(mail.dedup_key, mail.recipient), stop);
}

std::string BodyFor(const QueuedMail& mail) {
  const auto [channel, name] = Split(mail.recipient);
  const Json payload = PayloadOf(mail);
  if (channel == "slack") return TextOf(SlackMessage(mail, payload));
  if (channel == "teams") return TextOf(TeamsMessage(mail, payload));
  return TextOf(WithReceiver(payload, name));
}

}  // namespace mon::receivers
