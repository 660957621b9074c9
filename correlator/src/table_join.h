#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "series.h"

namespace mon::correlator {

enum class Match { kNearest, kAll };
enum class Format { kCsv, kNdjson };

struct TableOptions {
  std::chrono::seconds window{10};
  Match match = Match::kNearest;
  Format format = Format::kCsv;
  bool unmatched = false;  ///< keep samples without a match, with empty fields
};

/// Joins the times of samples with the rows of all items (sorted by itemid and clock, without
/// duplicates) and prints the pairs: in the order of `application`, within one sample by itemid and
/// clock. Hands the text over in pieces of some 64 KiB; memory grows with the input, not with the
/// number of pairs. Errors: those of `write`, which end it.
[[nodiscard]] Result<void> PrintJoin(std::span<const std::int64_t> application,
                                     std::span<const ItemRow> items, const TableOptions& options,
                                     const std::function<Result<void>(std::string_view)>& write);

}  // namespace mon::correlator
