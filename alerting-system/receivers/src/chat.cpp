#include "chat.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerting_system/payload.h"
#include "common/text.h"

namespace mon::receivers {
namespace {

using alerting_system::QueuedMail;

// Slack cuts an attachment's text off at some 8,000 characters; Teams refuses a message over 28 KB.
constexpr std::size_t kMostTextBytes = 6'000;
constexpr std::size_t kMostTeamsLines = 60;

/// For a mail without a payload: what its subject and its priority tell.
alerting_system::Payload MinimalPayload(const QueuedMail& mail) {
  alerting_system::Payload payload;
  payload.firing = !mail.is_end;
  payload.group_key = mail.thread_root;
  alerting_system::PayloadAlert alert;
  alert.firing = payload.firing;
  alert.labels = {{"alertname", "notice"},
                  {"severity", mail.priority <= 1   ? "critical"
                               : mail.priority == 2 ? "warning"
                                                    : "info"}};
  alert.annotations = {{"summary", mail.subject}, {"description", mail.body_text}};
  alert.starts_at = mail.created_at;
  if (mail.is_end) alert.ends_at = mail.created_at;
  payload.alerts.push_back(std::move(alert));
  return payload;
}

/// A text of a table in foreign JSON; empty where there is none.
std::string TextAt(const Json& json, const char* table, const char* key) {
  const auto found = json.find(table);
  if (found == json.end() || !found->is_object()) return "";
  const auto text = found->find(key);
  return text != found->end() && text->is_string() ? text->get<std::string>() : "";
}

bool IsResolved(const Json& payload) {
  const auto status = payload.find("status");
  return status != payload.end() && *status == "resolved";
}

/// The worst severity of all alerts.
std::string SeverityOf(const Json& payload) {
  std::string worst;
  const auto alerts = payload.find("alerts");
  if (alerts == payload.end()) return worst;
  for (const Json& alert : *alerts) {
    for (const char* level : {"critical", "warning", "info"}) {
      if (worst == level) break;
      if (TextAt(alert, "labels", "severity") != level) continue;
      worst = level;
      break;
    }
  }
  return worst;
}

/// What tells at a glance where to look; no text is empty.
std::vector<std::pair<std::string, std::string>> FactsOf(const Json& payload) {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* title, std::string value) {
    if (!value.empty()) facts.emplace_back(title, CleanUtf8(value, 500));
  };
  add("Severity", SeverityOf(payload));
  add("Application", TextAt(payload, "commonLabels", "application"));
  add("Host", TextAt(payload, "commonLabels", "host"));
  add("Runbook", TextAt(payload, "commonAnnotations", "runbook_url"));
  return facts;
}

std::string ShortText(const QueuedMail& mail) {
  std::string text = CleanUtf8(mail.body_text, kMostTextBytes);
  if (mail.body_text.size() > kMostTextBytes) text += "\n…";
  return text;
}

/// Slack's three control characters: without this a text could call a whole channel.
std::string SlackEscaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string SlackColor(const Json& payload) {
  if (IsResolved(payload)) return "good";
  const std::string severity = SeverityOf(payload);
  if (severity == "info") return "#439fe0";
  return severity == "warning" ? "warning" : "danger";
}

std::string TeamsColor(const Json& payload) {
  if (IsResolved(payload)) return "Good";
  const std::string severity = SeverityOf(payload);
  if (severity == "info") return "Accent";
  return severity == "warning" ? "Warning" : "Attention";
}

/// A line in which nothing is markup, unlike a TextBlock's.
Json TeamsLine(const std::string& line, Json looks) {
  looks["type"] = "TextRun";
  looks["text"] = line.empty() ? " " : line;
  return {{"type", "RichTextBlock"}, {"spacing", "None"}, {"inlines", Json::array({looks})}};
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

Json PayloadOf(const QueuedMail& mail) {
  Json payload = Json::parse(mail.payload, nullptr, false);
  if (payload.is_object()) return payload;
  return Json::parse(alerting_system::ToJson(MinimalPayload(mail)));
}

Json SlackMessage(const QueuedMail& mail, const Json& payload) {
  Json fields = Json::array();
  for (const auto& [title, value] : FactsOf(payload)) {
    fields.push_back({{"title", title}, {"value", SlackEscaped(value)}, {"short", true}});
  }
  const std::string subject = SlackEscaped(mail.subject);
  const Json attachment = {{"color", SlackColor(payload)},
                           {"fallback", subject},
                           {"text", SlackEscaped(ShortText(mail))},
                           {"fields", std::move(fields)}};
  return {{"text", subject}, {"attachments", Json::array({attachment})}};
}

Json TeamsMessage(const QueuedMail& mail, const Json& payload) {
  Json facts = Json::array();
  for (const auto& [title, value] : FactsOf(payload)) {
    facts.push_back({{"title", title}, {"value", value}});
  }
  Json body = Json::array({TeamsLine(
      mail.subject, {{"size", "Medium"}, {"weight", "Bolder"}, {"color", TeamsColor(payload)}})});
  if (!facts.empty()) body.push_back({{"type", "FactSet"}, {"facts", std::move(facts)}});
  std::vector<std::string> lines = Lines(ShortText(mail));
  if (lines.size() > kMostTeamsLines) {
    lines.resize(kMostTeamsLines);
    lines.emplace_back("…");
  }
  for (const auto& line : lines) {
    body.push_back(TeamsLine(line, {{"size", "Small"}, {"fontType", "Monospace"}}));
  }
  const Json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                     {"type", "AdaptiveCard"},
                     {"version", "1.4"},
                     {"fallbackText", mail.subject},
                     {"msteams", {{"width", "Full"}}},
                     {"body", std::move(body)}};
  return {{"type", "message"},
          {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                        {"contentUrl", nullptr},
                                        {"content", card}}})}};
}

}  // namespace mon::receivers
