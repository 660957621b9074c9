#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "processor/sample.h"

namespace mon::processor {

/// The owner of rows that other programs insert.
inline constexpr const char* kDefaultApplication = "hyphenmon";

/// A row of hyphenmon_metrics as it is: other programs may have put anything into it. Its
/// application is named beside it.
struct MetricRow {
  std::int64_t id = 0;
  std::optional<std::int64_t> timestamp;
  std::optional<double> response_time_ms;
  std::optional<double> error_rate;
  std::optional<std::int64_t> recorded_at;  ///< epoch seconds
};

/// The sample of a row, or in words why it is none: a missing, negative or impossible value is
/// never judged as if it were zero, and a time more than an hour ahead of both the row's own
/// `recorded_at` and `now` (epoch seconds) would hold back everything after it. A time far back is
/// fine: rows are backfilled.
[[nodiscard]] std::expected<Sample, std::string> Check(const MetricRow& row, std::int64_t now);

}  // namespace mon::processor
