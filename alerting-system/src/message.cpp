#include "alerting_system/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "alerting_system/address.h"
#include "alerting_system/chart.h"
#include "common/text.h"
#include "encoding.h"
#include "hash.h"

namespace mon::alerting_system {
namespace {

std::string DomainOf(std::string_view from) {
  const auto address = ParseAddress(from);
  const std::string_view domain = address ? address->Domain() : std::string_view();
  return domain.empty() ? "localhost" : std::string(domain);
}

bool IsClean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

/// Header lines, each checked: nothing that comes in from outside can begin a header of its own.
class Headers {
 public:
  void Add(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}: {}\r\n", name, value);
  }

  Result<void> AddText(std::string_view name, std::string_view value) {
    if (!IsClean(value)) {
      return Fail(ErrorCode::kInvalidData,
                  fmt::format("mail header {}: a line break or control character in it", name));
    }
    Add(name, HeaderText(CleanUtf8(value, 2000), name.size()));
    return {};
  }

  Result<void> AddAddresses(std::string_view name, const std::vector<std::string>& addresses) {
    std::string list;
    for (const std::string& text : addresses) {
      const auto address = ParseAddress(text);
      if (!address) return Context(fmt::format("mail header {}", name), address.error());
      if (!list.empty()) list += ",\r\n ";
      list += address->display_name.empty()
                  ? address->mailbox
                  : DisplayName(address->display_name) + "\r\n <" + address->mailbox + ">";
    }
    Add(name, list);
    return {};
  }

  [[nodiscard]] const std::string& Text() const { return text_; }

 private:
  std::string text_;
};

std::string Part(std::string_view type, std::string_view body) {
  return fmt::format(
      "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
      type, QuotedPrintable(CleanUtf8(body, body.size() * 3)));
}

std::string Picture(std::string_view png) {
  return fmt::format(
      "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <{}>\r\n"
      "Content-Disposition: inline; filename=\"chart.png\"\r\n\r\n{}",
      kChartContentId, Base64Lines(png));
}

/// "=_" cannot occur in quoted-printable text nor in base64, so the boundary cannot occur in a
/// body; and none of ours begins with another.
std::string Multipart(std::string_view type, std::string_view boundary, std::string_view first,
                      std::string_view second) {
  return fmt::format(
      "Content-Type: multipart/{};\r\n boundary=\"{}\"\r\n\r\n--{}\r\n{}\r\n--{}\r\n{}"
      "\r\n--{}--\r\n",
      type, boundary, boundary, first, boundary, second, boundary);
}

/// The Content-Type header and all that follows it.
std::string Content(const Message& message) {
  const auto text = Part("text/plain", message.body_text);
  if (message.body_html.empty()) return text;
  const auto name = Hash(message.message_id);
  auto html = Part("text/html", message.body_html);
  if (!message.chart_png.empty()) {
    // RFC 2387: the page and what it shows.
    html = Multipart("related; type=\"text/html\"", fmt::format("=_r{:016x}", name), html,
                     Picture(message.chart_png));
  }
  return Multipart("alternative", fmt::format("=_a{:016x}", name), text, html);
}

}  // namespace

Result<std::string> BuildMessage(const Message& message, const TimeZone& zone) {
  Headers headers;
  headers.Add("Date", zone.FormatRfc5322(message.date));
  if (auto ok = headers.AddAddresses("From", {message.from}); !ok) {
    return std::unexpected(ok.error());
  }
  if (auto ok = headers.AddAddresses("To", message.to); !ok) return std::unexpected(ok.error());
  if (auto ok = headers.AddText("Subject", message.subject); !ok) {
    return std::unexpected(ok.error());
  }
  headers.Add("Message-ID", "<" + message.message_id + ">");
  if (!message.thread_id.empty() && message.thread_id != message.message_id) {
    headers.Add("In-Reply-To", "<" + message.thread_id + ">");
    headers.Add("References", "<" + message.thread_id + ">");
  }
  headers.Add("List-Id", fmt::format("<monitoring.{}>", DomainOf(message.from)));
  headers.Add("Auto-Submitted", "auto-generated");
  headers.Add("X-Auto-Response-Suppress", "All");
  headers.Add("X-Priority", fmt::format("{}", message.priority));
  if (!message.severity.empty()) {
    if (auto ok = headers.AddText("X-Severity", message.severity); !ok) {
      return std::unexpected(ok.error());
    }
  }
  headers.Add("MIME-Version", "1.0");
  return headers.Text() + Content(message);
}

std::string MessageId(std::string_view key, std::string_view recipient, std::string_view from) {
  return fmt::format("k{:016x}.r{:016x}@{}", Hash(key), Hash(recipient), DomainOf(from));
}

std::string FreshMessageId(std::string_view from, std::int64_t now) {
  std::random_device random;
  const std::uint64_t high = random();
  return fmt::format("s{}.{:08x}{:08x}@{}", now, high, random(), DomainOf(from));
}

}  // namespace mon::alerting_system
