#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mon::correlator {

/// A value of an item.
struct Point {
  std::int64_t clock = 0;  ///< epoch seconds
  double value = 0;
};

/// The numbers of one item, by clock: its past, and what it did around the onset.
struct ItemSeries {
  std::uint64_t itemid = 0;
  std::vector<Point> points;
};

struct RankOptions {
  std::int64_t onset = 0;   ///< epoch seconds: the first bad sample
  std::int64_t until = 0;   ///< the last value that is looked at
  std::int64_t lead = 120;  ///< s before the onset that belong to it; what is earlier is the past
  double false_discoveries = 0.05;  ///< the share of wrong names that is borne
};

/// How unusual an item was around the onset, against its own past.
struct Ranked {
  std::uint64_t itemid = 0;
  double p_value = 1;        ///< 1 where there are too few values to say
  bool significant = false;  ///< among all items, see RankItems
  double usual_low = 0;      ///< 5 % of its past lies below
  double usual_high = 0;     ///< 5 % of its past lies above
  double peak = 0;           ///< its most unusual value
  std::int64_t peak_clock = 0;
  std::int64_t first_offset = 0;  ///< s from the onset to its first unusual value

  [[nodiscard]] bool Rose() const { return peak > usual_high; }
  /// s that it moved before the onset; nullopt: it did not move first.
  [[nodiscard]] std::optional<std::int64_t> LeadTime() const {
    return first_offset < 0 ? std::optional(-first_offset) : std::nullopt;
  }
};

/// Ranks items by how unusual they were in [onset - lead, until], most unusual first.
///
/// Each value is compared with the median of some minutes that end a whole such span before it, so
/// that a trend or a slow wave is nothing unusual. The same is done with each value of the past:
/// what stands out there as much, in one value or in two that follow each other, is what this item
/// does; one value alone never names it. Beyond everything seen there the tail is taken to fall as
/// a power of the size, with Hill's exponent (1975), which is small for an item that is given to
/// spikes. For a wave that lasts for many values the past counts as no more observations than it
/// has spans.
///
/// Significant is what the procedure of Benjamini and Yekutieli (2001) keeps, which holds for items
/// that depend on each other as those of one machine do, and what lies outside of the usual range.
/// Items with fewer than 20 values in the past, or none around the onset, are never named.
/// Input:   each item's points by clock, finite; a past of an hour is plenty, ten minutes too few.
/// No I/O, safe from any thread.
[[nodiscard]] std::vector<Ranked> RankItems(std::span<const ItemSeries> items,
                                            const RankOptions& options);

/// "40 s before the errors", for -40; "together with the errors", for 0.
[[nodiscard]] std::string OffsetText(std::int64_t seconds, std::string_view what);

/// "CPU load on web-1 rose to 12.4 from a usual 0.8–1.5, 40 s before the errors". `what` is what
/// happened at the onset: "the errors". `subject`: "CPU load on web-1"; `units` are the item's, as
/// Zabbix has them.
[[nodiscard]] std::string DescribeMove(const Ranked& ranked, std::string_view subject,
                                       std::string_view units, std::string_view what);

}  // namespace mon::correlator
