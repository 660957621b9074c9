#include "read_plan.h"

#include <algorithm>

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kHalfHour = 1800;

}  // namespace

bool WideReadDue(std::int64_t read_until, std::int64_t now) {
  return (read_until + kHalfHour) / kHour < (now + kHalfHour) / kHour;
}

std::int64_t ReadFrom(std::int64_t read_until, std::int64_t now, std::int64_t backfill) {
  if (read_until <= 0) return std::max<std::int64_t>(now - backfill, 0);
  // A mark ahead of the clock is left by a clock that was wrong.
  const std::int64_t mark = std::min(read_until, now);
  return mark - (WideReadDue(mark, now) ? kWideOverlap : kShortOverlap);
}

std::vector<HostsToRead> PlanReads(const std::map<std::uint64_t, std::int64_t>& read_until,
                                   std::span<const std::uint64_t> hostids, std::int64_t now,
                                   std::int64_t backfill) {
  HostsToRead fresh{.hostids = {}, .from = now};
  HostsToRead behind{.hostids = {}, .from = now};
  for (const std::uint64_t hostid : hostids) {
    const auto mark = read_until.find(hostid);
    const auto from = ReadFrom(mark == read_until.end() ? 0 : mark->second, now, backfill);
    HostsToRead& group = from >= now - 3 * kShortOverlap ? fresh : behind;
    group.hostids.push_back(hostid);
    group.from = std::min(group.from, from);
  }
  std::vector<HostsToRead> plan;
  for (HostsToRead* group : {&fresh, &behind}) {
    if (!group->hostids.empty()) plan.push_back(std::move(*group));
  }
  return plan;
}

std::int64_t NextReadUntil(std::int64_t previous, std::int64_t till,
                           std::optional<std::int64_t> newest) {
  const std::int64_t values_until = newest.value_or(0);
  if (values_until >= till - kShortOverlap) return std::max(previous, till);
  return std::max({previous, values_until, till - kWideOverlap});
}

}  // namespace mon::data_aggregator
