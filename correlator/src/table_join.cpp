#include "table_join.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "correlator/join.h"
#include "row_printer.h"

namespace mon::correlator {
namespace {

using Indices = std::vector<std::size_t>;

Indices Counting(std::size_t size) {
  Indices indices(size);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

/// The rows within the window of each sample, whatever their item: indices into `by_time`.
///
/// All items are joined at once, because tens of thousands of them may have a value or two each:
/// item by item, every sample would be looked at for every item.
std::vector<IndexRange> RangesOf(std::span<const std::int64_t> application,
                                 std::span<const std::int64_t> clocks_by_time,
                                 std::chrono::seconds window) {
  std::vector<IndexRange> ranges(application.size());
  if (std::ranges::is_sorted(application)) {
    JoinAll(application, clocks_by_time, window, ranges);
    return ranges;
  }
  Indices order = Counting(application.size());
  std::ranges::sort(order, {}, [&](std::size_t i) { return application[i]; });
  std::vector<std::int64_t> sorted(order.size());
  std::ranges::transform(order, sorted.begin(), [&](std::size_t i) { return application[i]; });
  std::vector<IndexRange> sorted_ranges(order.size());
  JoinAll(sorted, clocks_by_time, window, sorted_ranges);
  for (std::size_t i = 0; i < order.size(); ++i) ranges[order[i]] = sorted_ranges[i];
  return ranges;
}

class TableJoin {
 public:
  TableJoin(std::span<const ItemRow> items, const TableOptions& options, RowPrinter& printer)
      : items_(items), options_(options), printer_(printer), clocks_(items.size()) {
    std::ranges::transform(items, clocks_.begin(), &ItemRow::clock);
  }

  Result<void> Run(std::span<const std::int64_t> application) {
    Indices by_time = Counting(items_.size());
    std::ranges::sort(by_time, {}, [&](std::size_t row) { return clocks_[row]; });
    std::vector<std::int64_t> clocks_by_time(by_time.size());
    std::ranges::transform(by_time, clocks_by_time.begin(),
                           [&](std::size_t row) { return clocks_[row]; });
    const std::vector<IndexRange> ranges = RangesOf(application, clocks_by_time, options_.window);
    Indices near;
    for (std::size_t i = 0; i < application.size(); ++i) {
      const auto begin = by_time.begin();
      near.assign(begin + static_cast<std::ptrdiff_t>(ranges[i].first),
                  begin + static_cast<std::ptrdiff_t>(ranges[i].last));
      std::ranges::sort(near);  // rows are numbered by itemid and clock
      if (Result<void> printed = Print(application[i], near); !printed) return printed;
    }
    return {};
  }

 private:
  /// `near`: the rows within the window, each item's next to each other.
  Result<void> Print(std::int64_t timestamp, std::span<const std::size_t> near) {
    if (near.empty() && options_.unmatched) return printer_.Unmatched(timestamp);
    while (!near.empty()) {
      const std::uint64_t itemid = items_[near.front()].itemid;
      const auto other =
          std::ranges::find_if(near, [&](std::size_t row) { return items_[row].itemid != itemid; });
      const auto count = static_cast<std::size_t>(other - near.begin());
      if (Result<void> printed = PrintItem(timestamp, near.front(), count); !printed) {
        return printed;
      }
      near = near.subspan(count);
    }
    return {};
  }

  /// The rows of one item within the window are neighbours: [first, first + count).
  Result<void> PrintItem(std::int64_t timestamp, std::size_t first, std::size_t count) {
    if (options_.match == Match::kNearest) {
      std::size_t nearest = kNoMatch;
      JoinNearest(std::span(&timestamp, 1), std::span(clocks_).subspan(first, count),
                  options_.window, std::span(&nearest, 1));
      return printer_.Pair(timestamp, items_[first + nearest]);
    }
    for (std::size_t row = first; row < first + count; ++row) {
      if (Result<void> printed = printer_.Pair(timestamp, items_[row]); !printed) return printed;
    }
    return {};
  }

  std::span<const ItemRow> items_;
  const TableOptions& options_;
  RowPrinter& printer_;
  std::vector<std::int64_t> clocks_;  ///< of items_
};

}  // namespace

Result<void> PrintJoin(std::span<const std::int64_t> application, std::span<const ItemRow> items,
                       const TableOptions& options,
                       const std::function<Result<void>(std::string_view)>& write) {
  RowPrinter printer(options.format, write);
  printer.Header();
  if (Result<void> printed = TableJoin(items, options, printer).Run(application); !printed) {
    return printed;
  }
  return printer.Finish();
}

}  // namespace mon::correlator
