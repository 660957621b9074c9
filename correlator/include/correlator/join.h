#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mon::correlator {

/// Pairs application samples with the values of one infrastructure item taken at about the same
/// time. Works on bare times and answers with indices, so that no value is ever copied; call it
/// once per item.
///
/// Input:   both series in epoch seconds, sorted ascending (asserted); equal times are allowed,
///          either may be empty. Any int64 is a valid time: nothing overflows.
/// Output:  `out[i]` belongs to `application[i]`; `out` must have the size of `application`.
/// Match:   |clock - timestamp| <= window, inclusive; `window` >= 0 (asserted).
/// Cost:    one pass over both series.
/// Errors:  none; no I/O, no allocation, safe from any thread.
///
///     std::vector<std::size_t> nearest(times.size());
///     JoinNearest(times, clocks, 10s, nearest);
///     if (nearest[i] != kNoMatch) Use(values[nearest[i]]);

/// Stands in place of an index where there is nothing within the window.
inline constexpr std::size_t kNoMatch = static_cast<std::size_t>(-1);

/// The indices [first, last) of a series; empty where first == last.
struct IndexRange {
  std::size_t first = 0;
  std::size_t last = 0;
  bool operator==(const IndexRange&) const = default;
};

/// The one value nearest in time; the earlier on a tie, the first in the series of equal times.
void JoinNearest(std::span<const std::int64_t> application, std::span<const std::int64_t> clocks,
                 std::chrono::seconds window, std::span<std::size_t> out);

/// All values within the window.
void JoinAll(std::span<const std::int64_t> application, std::span<const std::int64_t> clocks,
             std::chrono::seconds window, std::span<IndexRange> out);

}  // namespace mon::correlator
