#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "batch.h"
#include "common/error.h"
#include "ledger.h"
#include "mysql/connection.h"

namespace mon::processor {

/// Rows of hyphenmon_metrics that no pass has read yet.
struct NewSamples {
  std::size_t rows = 0;           ///< that were read, those of the ledger included
  std::int64_t highest = 0;       ///< id among them
  std::vector<std::int64_t> ids;  ///< of those that are new, ascending
  Batch batch;                    ///< the samples among them
  /// How many are no samples, by the reason; each of them is logged.
  std::map<std::string, std::size_t> skipped;
};

/// The next rows above the id `above` in `spans`, see ReadRows; `now` in epoch seconds, see Check.
[[nodiscard]] Result<NewSamples> ReadNewSamples(mysql::Connection& connection, const Ledger& ledger,
                                                std::span<const IdSpan> spans, std::int64_t above,
                                                std::size_t limit, std::int64_t now);

}  // namespace mon::processor
