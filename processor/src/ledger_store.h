#pragma once

#include <optional>

#include "common/error.h"
#include "ledger.h"
#include "mysql/connection.h"

namespace mon::processor {

/// The ledger as the database has it, with the server's time at which it was read.
struct StoredLedger {
  Ledger ledger;
  TimePoint now;
  std::optional<std::int64_t> highest_row;  ///< the highest id of hyphenmon_metrics

  /// True where ids have begun anew (the table was emptied, or restored from an older copy). The
  /// ledger holds ids of rows that were there, and one that is replaced gets a higher id.
  [[nodiscard]] bool IsOfOtherRows() const {
    return highest_row && *highest_row < ledger.Highest();
  }
};

/// Table `processed_ranges`. Errors: those of mysql::Connection.
[[nodiscard]] Result<StoredLedger> LoadLedger(mysql::Connection& connection);

/// Writes the difference, in the caller's transaction.
[[nodiscard]] Result<void> SaveLedger(mysql::Connection& connection, const LedgerChange& change);

struct FirstReadOptions {
  std::chrono::milliseconds read_back{};   ///< rows recorded within it are new
  std::chrono::milliseconds gaps_stay_open{///< a transaction may take so long to commit
                                           std::chrono::hours(24)};
};

/// The ledger of a first pass on a database that may hold years of rows: those recorded before
/// `now - read_back` count as finished, those after it are open, and so are ids without a row whose
/// neighbours are younger than `gaps_stay_open`, because a transaction may still hold them. Reads
/// an index range of the last `gaps_stay_open` and nothing older. Never empty: it begins with a
/// range at 0, so that the next pass is no first one.
[[nodiscard]] Result<Ledger> FirstLedger(mysql::Connection& connection, TimePoint now,
                                         const FirstReadOptions& options);

}  // namespace mon::processor
