#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "common/clock.h"

namespace mon::processor {

/// Ids are handed out in ascending order, but commit in any: a row that commits late lies below
/// rows that were read long ago. The ledger therefore holds which ids have been read, as ranges,
/// and not only the highest one. Everything between and above the ranges may still come.

/// Ids [first, last], both inclusive.
struct IdSpan {
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const IdSpan&) const = default;
};

/// A range of ids that are finished with. Times are the database server's.
struct IdRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  TimePoint begun_at;     ///< when `first` was reached
  TimePoint finished_at;  ///< when `last` was reached
  bool operator==(const IdRange&) const = default;
};

/// What has to be written to turn one ledger into another.
struct LedgerChange {
  std::vector<std::int64_t> removed;  ///< `first` of ranges that are gone
  std::vector<IdRange> written;       ///< ranges that are new or different
  [[nodiscard]] bool empty() const { return removed.empty() && written.empty(); }
};

/// Pure interval arithmetic: no database, no clock. Not safe from several threads.
class Ledger {
 public:
  static constexpr std::int64_t kHighestId = std::numeric_limits<std::int64_t>::max();

  Ledger() = default;
  /// `ranges` as the table has them: disjoint, any order.
  explicit Ledger(const std::vector<IdRange>& ranges);

  /// No range at all: no pass has been on this database yet.
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] bool Contains(std::int64_t id) const;
  /// The highest id that was reached; -1 where it is empty.
  [[nodiscard]] std::int64_t Highest() const;

  /// Marks what of [span.first, span.last] is not contained as reached at `now`; it grows together
  /// with what it touches.
  void Add(IdSpan span, TimePoint now);

  /// Keeps what `other` contains as well, as reached when both had it.
  void Intersect(const Ledger& other);

  /// Closes each gap whose neighbours on both sides were reached `age` ago or earlier: an id in it
  /// belongs to a transaction that was rolled back.
  void CloseGaps(TimePoint now, std::chrono::milliseconds age);

  /// The ids that may still come, ascending: the gaps, and everything above the highest range.
  /// `at_most`: see Bridged; filter with `Contains`.
  [[nodiscard]] std::vector<IdSpan> OpenSpans(std::size_t at_most) const;

  [[nodiscard]] std::vector<IdRange> Ranges() const;
  [[nodiscard]] LedgerChange ChangeFrom(const Ledger& before) const;

 private:
  void Insert(IdSpan span, TimePoint now);

  std::map<std::int64_t, IdRange> ranges_;  // by first id
};

/// Where `spans` (ascending, apart) are more than `at_most`, the nearest of them are taken together
/// with the ids between them, so that a query over them stays short. 0: as many as there are.
[[nodiscard]] std::vector<IdSpan> Bridged(std::vector<IdSpan> spans, std::size_t at_most);

/// The runs of neighbouring ids in `ids`, which must be ascending without repeats.
[[nodiscard]] std::vector<IdSpan> Runs(const std::vector<std::int64_t>& ids);

}  // namespace mon::processor
