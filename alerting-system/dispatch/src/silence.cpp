#include "dispatch/silence.h"

#include <fmt/format.h>

#include <algorithm>

namespace mon::dispatch {

std::string Describe(const Silence& silence, const alerting_system::TimeZone& zone) {
  std::string text = ToText(silence.matchers);
  if (silence.starts_at > silence.created_at) {
    text += fmt::format(", from {}", zone.Format(silence.starts_at));
  }
  if (silence.ends_at) text += fmt::format(", until {}", zone.Format(*silence.ends_at));
  if (silence.until_resolved) {
    text += fmt::format("{} until what it matches is over", silence.ends_at ? " or" : ",");
  }
  if (!silence.recurrence.empty()) {
    text += fmt::format(", only {} ({})", silence.recurrence, silence.time_zone);
  }
  return text;
}

bool IsActive(const Silence& silence, std::int64_t now) {
  return !silence.expired_at && silence.starts_at <= now &&
         (!silence.ends_at || now < *silence.ends_at) &&
         (!silence.calendar || silence.calendar->Covers(now));
}

const Silence* Holding(std::span<const Silence> silences, const Labels& labels, std::int64_t now) {
  const auto found = std::ranges::find_if(silences, [&](const Silence& silence) {
    return IsActive(silence, now) && Matches(silence.matchers, labels);
  });
  return found == silences.end() ? nullptr : &*found;
}

}  // namespace mon::dispatch
