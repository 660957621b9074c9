#include "webhook.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/text.h"

namespace mon::receivers {
namespace {

using mail_transport::Receipt;
using mail_transport::Status;

constexpr std::size_t kMostReplyBytes = 300;
constexpr std::chrono::seconds kLongestRetryAfter{24 * 3600};

http::Request MakeRequest(const ReceiverConfig& receiver, const std::string& body,
                          const std::string& idempotency_key) {
  http::Request request;
  request.method = "POST";
  request.url = receiver.webhook_url.Reveal();
  request.body = body;
  request.timeout = receiver.timeout;
  request.ca = receiver.tls_ca;
  request.proxy = receiver.proxy;
  request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", idempotency_key}};
  for (const auto& [name, value] : receiver.headers) {
    request.headers.emplace_back(name, value.Reveal());
  }
  if (!receiver.bearer_token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + receiver.bearer_token.Reveal());
  }
  return request;
}

void Mask(std::string& text, std::string_view secret) {
  if (secret.size() < 2) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), kMaskedSecret);
  }
}

/// Without anything of the receiver's that is secret: a server may quote what it was asked.
std::string Masked(std::string text, const ReceiverConfig& receiver) {
  const std::string_view url = receiver.webhook_url.Reveal();
  Mask(text, url);
  const auto path = url.find('/', url.find("://") + 3);
  if (path != std::string_view::npos) {
    Mask(text, url.substr(path));
    Mask(text, url.substr(path, url.find_first_of("?#", path) - path));
  }
  Mask(text, receiver.bearer_token.Reveal());
  for (const auto& [name, value] : receiver.headers) Mask(text, value.Reveal());
  return text;
}

/// What the server said, on one line: "HTTP 404: no_service".
std::string Told(const http::Response& response, const ReceiverConfig& receiver) {
  // Masked before it is cut: half a secret would not be found.
  const std::string body = CleanUtf8(Masked(response.body, receiver), kMostReplyBytes);
  return fmt::format("HTTP {}{}{}", response.status, Trim(body).empty() ? "" : ": ",
                     EscapeControls(Trim(body)));
}

/// Seconds, or a date (RFC 9110, 10.2.3).
std::optional<std::chrono::seconds> RetryAfter(const http::Response& response) {
  const auto header = response.headers.Find("retry-after");
  if (!header) return std::nullopt;
  const std::string text(*header);
  const auto held = [](std::int64_t seconds) {
    return std::chrono::seconds(
        std::clamp<std::int64_t>(seconds, 0, std::int64_t{kLongestRetryAfter.count()}));
  };
  if (const auto seconds = ParseUint(text)) {
    return held(static_cast<std::int64_t>(std::min<std::uint64_t>(*seconds, 1U << 30U)));
  }
  std::tm date{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return held(timegm(&date) - EpochSeconds(SystemClock().Now()));
}

Receipt Judge(const http::Response& response, const ReceiverConfig& receiver) {
  const int status = response.status;
  std::string reply = Told(response, receiver);
  if (status / 100 == 2) return {Status::kSent, std::move(reply), false, std::nullopt};
  const bool later = status == 408 || status == 429 || status / 100 == 5;
  if (!later) return {Status::kRefused, std::move(reply), false, std::nullopt};
  return {Status::kDeferred, std::move(reply), status >= 500, RetryAfter(response)};
}

/// The client's own words without the URL they begin with.
std::string WithoutUrl(const http::Request& request, const std::string& message) {
  const std::string head = fmt::format("{} {}: ", request.method, http::PrintableUrl(request.url));
  return message.starts_with(head) ? message.substr(head.size()) : message;
}

}  // namespace

Result<Receipt> Post(http::Client& client, const ReceiverConfig& receiver, const std::string& body,
                     const std::string& idempotency_key, const std::stop_token& stop) {
  bool handed_over = false;
  http::Request request = MakeRequest(receiver, body, idempotency_key);
  request.on_unanswered = [&handed_over] { handed_over = true; };
  const auto response = client.Send(request, stop);
  if (response) return Judge(*response, receiver);
  const std::string why = Masked(WithoutUrl(request, response.error().message), receiver);
  if (handed_over) return Receipt{Status::kUncertain, why, true, std::nullopt};
  return Fail(response.error().code, fmt::format("webhook of receiver {}: {}", receiver.name, why));
}

}  // namespace mon::receivers
