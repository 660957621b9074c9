#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alerting_system/time_zone.h"
#include "common/error.h"

namespace mon::alerting_system {

/// A mail before it becomes bytes.
struct Message {
  std::string from;  ///< address, may carry a display name
  std::vector<std::string> to;
  std::string subject;     ///< UTF-8
  std::string body_text;   ///< UTF-8; lines end with \n or \r\n
  std::string body_html;   ///< empty: a mail of text alone
  std::string chart_png;   ///< the picture that body_html shows as kChartContentId; empty: none
  std::string message_id;  ///< without the angle brackets
  std::string thread_id;   ///< Message-ID of the thread's first mail; empty: this is it
  std::string severity;    ///< X-Severity; empty: none
  std::int64_t date = 0;   ///< epoch seconds
  int priority = 3;        ///< X-Priority
};

/// The message as RFC 5322 and MIME have it, byte for byte what SMTP, Maildir and --dry-run get:
/// CRLF, 7-bit, no line above 998 bytes, bodies quoted-printable, header text as encoded words
/// (RFC 2047) where it is not ASCII. libcurl's own MIME functions check and fold nothing.
/// Errors: kInvalidData for a control character in a header, kConfig for a bad address.
[[nodiscard]] Result<std::string> BuildMessage(const Message& message, const TimeZone& zone);

/// "k91b3….r3f2a…@example.org": the same for every attempt to bring the mail that is known by `key`
/// ("alert/8c2f…/1750000000/problem") to one recipient, whoever makes it, so that a repeat is
/// recognised.
[[nodiscard]] std::string MessageId(std::string_view key, std::string_view recipient,
                                    std::string_view from);

/// A Message-ID for a mail that has no key, never the same twice.
[[nodiscard]] std::string FreshMessageId(std::string_view from, std::int64_t now);

}  // namespace mon::alerting_system
