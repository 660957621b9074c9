#pragma once

#include <functional>
#include <map>
#include <optional>

#include "common/error.h"
#include "ledgers.h"
#include "mysql/connection.h"

namespace mon::processor {

/// Ledgers as the database has them, with the server's time at which they were read.
struct StoredLedgers {
  Ledgers::ByPart by_part;
  TimePoint now;
  std::optional<std::int64_t> highest_row;  ///< the highest id of hyphenmon_metrics
};

/// Tables `processed_ranges`, for all, and `part_ranges`; of the latter only `parts`. Errors: those
/// of mysql::Connection.
[[nodiscard]] Result<StoredLedgers> LoadLedgers(mysql::Connection& connection, const Parts& parts);

/// Writes the changes, by part, in the caller's transaction.
[[nodiscard]] Result<void> SaveLedgers(mysql::Connection& connection,
                                       const std::map<int, LedgerChange>& changes);

struct FirstReadOptions {
  std::chrono::milliseconds read_back{};   ///< rows recorded within it are new
  std::chrono::milliseconds gaps_stay_open{///< a transaction may take so long to commit
                                           std::chrono::hours(24)};
};

/// The ledger of a first pass on a database that may hold years of rows: those recorded before
/// `now - read_back` count as finished, those after it are open, and so are ids without a row whose
/// neighbours are younger than `gaps_stay_open`, because a transaction may still hold them. Looks
/// at the rows of the last `gaps_stay_open` and nothing older, in many short statements;
/// `on_the_way` is called between them, and what it fails with is the outcome. Never empty: it
/// begins with a range at 0, so that the next pass is no first one.
[[nodiscard]] Result<Ledger> FirstLedger(mysql::Connection& connection, TimePoint now,
                                         const FirstReadOptions& options,
                                         const std::function<Result<void>()>& on_the_way);

}  // namespace mon::processor
