#pragma once

#include <nlohmann/json.hpp>

#include "alerting_system/outbox.h"

namespace mon::receivers {

using Json = nlohmann::ordered_json;

/// The payload of `mail`, made of its subject and text where it has none.
[[nodiscard]] Json PayloadOf(const alerting_system::QueuedMail& mail);

/// For an incoming webhook of Slack: the subject, and the text beside a coloured bar
/// (https://api.slack.com/messaging/webhooks,
/// https://api.slack.com/reference/messaging/attachments).
[[nodiscard]] Json SlackMessage(const alerting_system::QueuedMail& mail, const Json& payload);

/// For "Post to a channel when a webhook request is received" of Teams: an Adaptive Card
/// (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using).
[[nodiscard]] Json TeamsMessage(const alerting_system::QueuedMail& mail, const Json& payload);

}  // namespace mon::receivers
