#include "metric_row.h"

#include <algorithm>
#include <cmath>

namespace mon::processor {
namespace {

constexpr std::int64_t kMostAhead = 3600;  // s
// What INT and BIGINT columns hold; old tables may have doubles here.
constexpr double kHighestResponseTime = 9.0e15;

}  // namespace

std::expected<Sample, std::string> Check(const MetricRow& row, std::int64_t now) {
  const auto refuse = [](std::string reason) { return std::unexpected(std::move(reason)); };
  if (!row.timestamp) return refuse("timestamp is NULL");
  if (!row.response_time_ms) return refuse("response_time_ms is NULL");
  if (!row.error_rate) return refuse("error_rate is NULL");
  if (*row.timestamp < 0) return refuse("timestamp is negative");
  if (*row.timestamp > std::max(now, row.recorded_at.value_or(now)) + kMostAhead) {
    return refuse("timestamp is more than an hour ahead");
  }
  const double response = *row.response_time_ms;
  if (!(response >= 0 && response <= kHighestResponseTime)) {
    return refuse("response_time_ms is out of range");
  }
  const double rate = *row.error_rate;
  if (!(rate >= 0 && rate <= 1)) return refuse("error_rate is not within 0 and 1");

  return Sample{row.id, *row.timestamp, std::llround(response), static_cast<float>(rate)};
}

}  // namespace mon::processor
