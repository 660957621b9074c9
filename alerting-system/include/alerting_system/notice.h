#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alerting_system/compose.h"
#include "alerting_system/report.h"
#include "alerting_system/time_zone.h"

namespace mon::alerting_system {

/// What a mail says that is about no metric: a source that is silent, a part of the platform that
/// stands still.
struct Notice {
  struct Fact {
    std::string label;
    std::string value;
  };

  ReportKind kind = ReportKind::kProblem;
  Severity severity = Severity::kCritical;
  std::string about;                     ///< "shop"
  std::string problem;                   ///< in two or three words: "no data"
  std::string summary;                   ///< what was seen
  std::string advice;                    ///< what it means and where to look; of a problem only
  std::int64_t since = 0;                ///< epoch seconds
  std::optional<std::int64_t> ended_at;  ///< set for a recovery
  std::int64_t seen_at = 0;              ///< epoch seconds of the look that told it
  std::vector<Fact> facts;
  std::vector<std::string> notes;  ///< why the mail comes as it does
  std::string thread_key;          ///< the mails about one problem have the same
};

/// The mail, in the form of those about alerts. Foreign text is cleaned, in HTML escaped. No I/O,
/// safe from any thread.
[[nodiscard]] ComposedMail ComposeNotice(const Notice& notice, const TimeZone& zone);

}  // namespace mon::alerting_system
