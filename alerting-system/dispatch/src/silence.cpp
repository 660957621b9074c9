#include "dispatch/silence.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.h"

namespace mon::dispatch {

std::string Describe(const Silence& silence) {
  std::string text = ToText(silence.matchers);
  if (silence.ends_at) text += fmt::format(", until {} UTC", FormatUtc(*silence.ends_at));
  if (silence.until_resolved) text += ", until what it matches is over";
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
