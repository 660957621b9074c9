#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dispatch/calendar.h"
#include "dispatch/labels.h"
#include "dispatch/matcher.h"

namespace mon::dispatch {

/// A row of table silences: alerts that match are not told while it holds. Times are epoch seconds.
struct Silence {
  std::int64_t id = 0;
  std::vector<Matcher> matchers;
  std::string comment;
  std::string created_by;
  std::int64_t created_at = 0;
  std::int64_t starts_at = 0;
  std::optional<std::int64_t> ends_at;
  bool until_resolved = false;
  std::string recurrence;                  ///< as Calendar::Parse reads it; empty: all the time
  std::string time_zone;                   ///< of the recurrence, an IANA name
  std::optional<Calendar> calendar;        ///< what the two say
  std::optional<std::int64_t> expired_at;  ///< ended before its time
};

/// `host="web-1", until 2025-06-15 17:00:00 +02:00`, for people and the audit log.
[[nodiscard]] std::string Describe(const Silence& silence, const alerting_system::TimeZone& zone);

/// True where it holds at `now`, for whatever it matches.
[[nodiscard]] bool IsActive(const Silence& silence, std::int64_t now);

/// The first that holds an alert with `labels` back at `now`; nullptr: none.
[[nodiscard]] const Silence* Holding(std::span<const Silence> silences, const Labels& labels,
                                     std::int64_t now);

}  // namespace mon::dispatch
