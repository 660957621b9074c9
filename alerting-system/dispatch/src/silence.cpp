#include "dispatch/silence.h"

#include <algorithm>

namespace mon::dispatch {

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
