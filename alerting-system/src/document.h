#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerting_system/compose.h"
#include "alerting_system/report.h"
#include "alerting_system/time_zone.h"

namespace mon::alerting_system {

/// What a mail says, once for both of its forms: text and HTML print the same strings. All of it is
/// clean UTF-8 on one line each.
struct Document {
  struct Fact {
    std::string label;
    std::string value;
    bool is_link = false;  ///< the value is a URL
  };
  struct Sample {
    std::string time;
    std::string response_time_ms;
    std::string error_rate;
    bool violates = false;
  };
  struct Evidence {
    std::string host;
    std::string item;  ///< name, and its units in brackets
    std::string key;
    std::string value;  ///< as Zabbix has it; empty: no value yet
    std::string itemid;
    std::string clock;  ///< epoch seconds; empty: no value yet
    std::string time;   ///< the same in local time
    std::string
        offset;  ///< "+4 s", "−4 s"; of an item outside the window its age: "3 min 20 s old"
  };

  struct Moved {
    std::string what;     ///< the sentence
    std::string details;  ///< "at 14:26:20, itemid 23301, key system.cpu.load"
  };

  struct Member {
    std::string state;  ///< "critical", "over"
    std::string what;   ///< "shop: Error rate of shop is 0.97"
    std::string time;   ///< "since 17:06:40"
    std::string cause;  ///< a Moved::what; may be empty
  };

  bool problem = true;  ///< something is wrong now
  std::string headline;
  std::string summary;
  std::vector<std::string> description;  ///< its lines
  std::vector<Fact> facts;
  std::string moved_title;
  std::vector<Moved> moved;
  std::string moved_note;          ///< "None of the 112 items …"; may be empty
  std::string chart_alt;           ///< of the picture; empty: there is none
  std::vector<std::string> notes;  ///< why the mail comes as it does
  std::vector<Member> members;     ///< of a mail about several alerts
  std::string members_note;        ///< "9,950 more are not shown."; may be empty
  std::vector<std::string> late_notes;
  std::string samples_title;
  std::vector<Sample> samples;
  std::string inside_title;
  std::vector<Evidence> inside;
  std::string outside_title;
  std::vector<Evidence> outside;
  std::string evidence_note;  ///< "12 more items are not shown", "No Zabbix item …"; may be empty
  std::string footer;
};

[[nodiscard]] Document MakeDocument(const AlertReport& report, const TimeZone& zone);

/// One with headline and summary, as every mail begins; about what is over, it says so.
[[nodiscard]] Document BeginDocument(ReportKind kind, Severity severity, std::string_view about,
                                     std::string_view summary);

/// The mail that says `document`, in both forms. `priority`: of what goes on; unset: by severity.
[[nodiscard]] ComposedMail MailOf(const Document& document, ReportKind kind, Severity severity,
                                  const std::optional<ReportPriority>& priority,
                                  std::string subject, std::string thread_key);

/// "[PROBLEM critical P1] "; without `priority` "[PROBLEM critical] ", as for what is over.
[[nodiscard]] std::string SubjectHead(ReportKind kind, Severity severity,
                                      const std::optional<ReportPriority>& priority);

inline constexpr std::size_t kMaxSubject = 78;  // characters, RFC 5322's advice for a line

[[nodiscard]] std::string RenderText(const Document& document);
[[nodiscard]] std::string RenderHtml(const Document& document, std::string_view title);

/// Foreign text for one line: valid UTF-8, control characters as blanks, at most `max_bytes`.
[[nodiscard]] std::string OneLine(std::string_view text, std::size_t max_bytes = 500);
/// "6 min 12 s", "2 h 5 min", "3 d 4 h"; the two largest units.
[[nodiscard]] std::string SpokenDuration(std::int64_t seconds);
/// The first `max` characters (code points), the last of them an ellipsis where something was cut.
[[nodiscard]] std::string Shorten(std::string_view utf8, std::size_t max);
[[nodiscard]] std::size_t CountCharacters(std::string_view utf8);
/// "PROBLEM", or "RESOLVED" where the incident has ended.
[[nodiscard]] std::string_view StateWord(ReportKind kind);
/// X-Priority: a problem by its severity, what is over as any mail.
[[nodiscard]] int PriorityOf(ReportKind kind, Severity severity);

}  // namespace mon::alerting_system
