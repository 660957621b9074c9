#pragma once

#include <string>
#include <string_view>

#include "alerting_system/report.h"
#include "alerting_system/time_zone.h"

namespace mon::alerting_system {

/// A mail ready for the outbox: everything but sender and recipient.
struct ComposedMail {
  std::string subject;    ///< UTF-8, at most 78 characters, no control characters
  std::string body_text;  ///< lines end with \n
  std::string
      body_html;  ///< same content; inline styles, readable light and dark, no remote content
  /// One thread for each incident, "alert/8c2f64b1e09d3a57/1750000000": a hash of rule and
  /// application, and its begin. No id, so that whoever tells an incident names it the same.
  std::string thread_key;
  std::string dedup_key;  ///< thread_key + "/problem": queueing the same mail twice leaves one
  int priority = 3;       ///< X-Priority: 1 highest, 5 lowest
  std::string payload;    ///< for webhooks and commands (payload.h); empty: made of the text
  std::string chart;      ///< what the picture in it is drawn from (chart.h); empty: it has none
};

/// The most evidence rows that a mail shows; it says how many more there were.
inline constexpr std::size_t kMaxEvidenceRows = 50;

/// Writes the mail about one alert.
///
/// Evidence: items inside the window first, then the rest, each by host, name and itemid. Each
/// shows value, itemid and clock exactly as given, the local time with its offset, and the offset
/// to the sample in seconds; items outside the window show the age of their last value and are
/// marked. Foreign text (names, units, values) is cleaned of control characters, in HTML escaped.
/// No I/O, throws nothing of its own, safe from any thread.
[[nodiscard]] ComposedMail Compose(const AlertReport& report, const TimeZone& zone);

/// The HTML form of a plain text, in the looks of those mails: escaped, its line breaks kept.
[[nodiscard]] std::string TextAsHtml(std::string_view title, std::string_view text);

}  // namespace mon::alerting_system
