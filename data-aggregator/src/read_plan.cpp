#include "read_plan.h"

#include <algorithm>

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kHalfHour = 1800;

}  // namespace

bool WideReadDue(const Marks& read_until, std::int64_t now) {
  std::int64_t last = 0;  // cycle: its mark is by the time to settle behind it
  for (const auto& [hostid, mark] : read_until) last = std::max(last, mark + kSettle);
  return (last + kHalfHour) / kHour < (now + kHalfHour) / kHour;
}

std::int64_t ReadFrom(std::int64_t read_until, std::int64_t now, std::int64_t backfill,
                      std::int64_t overlap) {
  if (read_until <= 0) return std::max<std::int64_t>(now - backfill, 0);
  // A mark ahead of the clock is left by a clock that was wrong.
  return std::min(read_until, now) - overlap;
}

std::vector<HostsToRead> PlanReads(const Marks& read_until, std::int64_t now, std::int64_t backfill,
                                   std::int64_t overlap) {
  HostsToRead foremost{.hostids = {}, .from = now};
  HostsToRead fresh{.hostids = {}, .from = now};
  HostsToRead behind{.hostids = {}, .from = now};
  std::int64_t newest = 0;
  for (const auto& [hostid, mark] : read_until) newest = std::max(newest, mark);
  for (const auto& [hostid, mark] : read_until) {
    const std::int64_t from = ReadFrom(mark, now, backfill, overlap);
    HostsToRead* group = &behind;
    if (from >= now - overlap - 2 * kShortOverlap) group = &fresh;
    if (overlap == kNarrowOverlap && mark >= newest - kNarrowOverlap) group = &foremost;
    group->hostids.push_back(hostid);
    group->from = std::min(group->from, from);
  }
  std::vector<HostsToRead> plan;
  for (HostsToRead* group : {&foremost, &fresh, &behind}) {
    if (!group->hostids.empty()) plan.push_back(std::move(*group));
  }
  return plan;
}

std::int64_t NextReadUntil(std::int64_t previous, std::int64_t till,
                           std::optional<std::int64_t> newest) {
  const std::int64_t values_until = newest.value_or(0);
  const std::int64_t least = std::min(previous, till);
  if (values_until >= till - kShortOverlap) return std::max(least, till - kSettle);
  return std::max({least, values_until, till - kWideOverlap});
}

}  // namespace mon::data_aggregator
