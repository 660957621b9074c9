#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace mon::data_aggregator {

/// Where history is read again although it was read before. Values come late: from the agent's
/// buffer by seconds, from a proxy that was cut off by up to its offline buffer (1 h by default).
inline constexpr std::int64_t kShortOverlap = 120;  ///< s, in every cycle where that is cheap
inline constexpr std::int64_t kNarrowOverlap = 15;  ///< s, in cycles between where it is not
inline constexpr std::int64_t kWideOverlap = 3600;  ///< s, once an hour
/// A value takes about this long (s) from its own time until the API shows it: what is younger may
/// be read already, but not yet all of it.
inline constexpr std::int64_t kSettle = 5;

/// Hosts whose history is read together, from the same second on.
struct HostsToRead {
  std::vector<std::uint64_t> hostids;  ///< ascending
  std::int64_t from = 0;               ///< epoch seconds, inclusive
};

using Marks = std::map<std::uint64_t, std::int64_t>;  ///< read_until by hostid; 0: never read

/// True in the first cycle after half past each hour (in UTC, for Zabbix is busy on the hour). When
/// the last cycle was is told by the newest mark: single hosts may lag behind it for long.
[[nodiscard]] bool WideReadDue(const Marks& read_until, std::int64_t now);

/// Where to start for one host: `overlap` before `read_until`, or `backfill` seconds ago where it
/// was never read.
[[nodiscard]] std::int64_t ReadFrom(std::int64_t read_until, std::int64_t now,
                                    std::int64_t backfill, std::int64_t overlap);

/// Two groups at most, so that a few hosts which lag behind do not make all be read from far back.
/// With the narrow overlap there is a third, of those whose marks are near the newest: a host with
/// few items is a minute behind often, which is as much again as the others are read for.
/// What the wide overlap adds is not in them: it is read apart, after what is new.
[[nodiscard]] std::vector<HostsToRead> PlanReads(const Marks& read_until, std::int64_t now,
                                                 std::int64_t backfill, std::int64_t overlap);

/// Up to where a host counts as read after a reading until `till` whose newest value was `newest`.
///
/// That is `till`, less the time to settle, while values are fresh. Where the newest one is older
/// than the short overlap, values are still under way (the Zabbix server's clock is behind ours, or
/// a proxy is cut off), and the mark stays with them, an hour back at most; `previous` is never
/// undercut, unless it lies ahead of `till`: a clock that was wrong has left it.
[[nodiscard]] std::int64_t NextReadUntil(std::int64_t previous, std::int64_t till,
                                         std::optional<std::int64_t> newest);

}  // namespace mon::data_aggregator
