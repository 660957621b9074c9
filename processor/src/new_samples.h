#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "batch.h"
#include "common/error.h"
#include "ledgers.h"
#include "mysql/connection.h"

namespace mon::processor {

/// Rows of hyphenmon_metrics that no pass has read yet.
struct NewSamples {
  std::vector<std::int64_t> ids;  ///< of all that were read, ascending
  std::size_t rows = 0;           ///< that are new, and ours
  Batch batch;                    ///< the samples among them
  /// How many are no samples, by the reason; each of them is logged.
  std::map<std::string, std::size_t> skipped;
};

/// The next rows above the id `above` in `spans`, see ReadRows; `now` in epoch seconds, see Check.
[[nodiscard]] Result<NewSamples> ReadNewSamples(mysql::Connection& connection,
                                                const Ledgers& ledgers,
                                                std::span<const IdSpan> spans, std::int64_t above,
                                                std::size_t limit, std::int64_t now);

}  // namespace mon::processor
