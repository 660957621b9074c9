#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "ledger.h"
#include "parts.h"

namespace mon::processor {

/// What has been read of the applications of some parts. Who has all parts keeps one ledger for
/// them, who has a share one for each part: so each part has its own where it goes to somebody
/// else. Ids are those of all applications; an id of another part is as good as read.
///
/// Each part begins with the ledger of all, and one ledger is made of them again by who has all.
/// No database, no clock. Not safe from several threads.
class Ledgers {
 public:
  /// The number of the ledger for all parts that have none of their own.
  static constexpr int kWhole = -1;
  using ByPart = std::map<int, Ledger>;

  Ledgers() = default;
  /// For `parts`, as the table has them in `stored`.
  Ledgers(const ByPart& stored, const Parts& parts);

  /// True where a part has none: no pass has been on this database yet.
  [[nodiscard]] bool empty() const;

  /// The one that says what has been read of an application; null where that is in none of our
  /// parts. Valid until the next change.
  [[nodiscard]] const Ledger* Of(std::string_view application) const;

  /// Those that hold ids above `highest_row`, the highest there is: their ids are of rows that are
  /// gone (the table was emptied, or restored from an older copy), for a row that is replaced gets
  /// a higher id. They begin anew with `first`.
  void BeginAnew(std::int64_t highest_row, const Ledger& first);

  /// As Ledger, of all of them.
  [[nodiscard]] std::int64_t Highest() const;
  [[nodiscard]] std::vector<IdSpan> OpenSpans(std::size_t at_most) const;
  void Add(std::span<const IdSpan> spans, TimePoint now);
  void CloseGaps(TimePoint now, std::chrono::milliseconds age);

  /// One ledger for all parts again, where we have all. Call it when all rows have been read: then
  /// an id that only some have had has no row.
  void Unite();

  [[nodiscard]] const ByPart& All() const { return ledgers_; }

  /// What has to be written where the table has `stored`, by part; those without a change are left
  /// out. The ledgers of other parts are not ours to change.
  [[nodiscard]] std::map<int, LedgerChange> ChangeFrom(const ByPart& stored) const;

 private:
  ByPart ledgers_;
};

}  // namespace mon::processor
