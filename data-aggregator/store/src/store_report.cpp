#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>

#include "common/text.h"
#include "data_aggregator/mysql_sample_store.h"
#include "mysql/transact.h"
#include "text_columns.h"

namespace mon::data_aggregator {
namespace {

using mysql::Value;

constexpr std::size_t kMaxName = 190;    // characters
constexpr std::size_t kMaxError = 1024;  // characters

std::string TimestampText(TimePoint time) {
  const auto milliseconds = time.time_since_epoch().count();
  const std::int64_t seconds = EpochSeconds(time);
  return fmt::format("{}.{:03}", FormatUtc(seconds), milliseconds - seconds * 1000);
}

/// Counts go into INT columns.
std::int64_t Clamp(std::int64_t value) {
  return std::clamp<std::int64_t>(value, std::numeric_limits<std::int32_t>::min(),
                                  std::numeric_limits<std::int32_t>::max());
}

template <typename T>
Value OrNull(const std::optional<T>& value) {
  return value ? Value(std::int64_t{*value}) : Value();
}

/// The row goes on telling of the last attempt.
Result<void> StoreBreaker(mysql::Connection& connection, const mysql::Lease& lease,
                          const SourceReport& report) {
  return Transact(connection, lease, [&]() -> Result<void> {
    const auto done =
        connection.Execute("UPDATE sources SET breaker = ? WHERE name = ?",
                           {std::string(report.breaker), CutToCharacters(report.name, kMaxName)});
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

}  // namespace

Result<void> MysqlSampleStore::StoreReport(const SourceReport& report) {
  if (!report.asked) return StoreBreaker(connection_, lease_, report);
  const std::string at = TimestampText(report.attempted_at);
  return Transact(connection_, lease_, [&]() -> Result<void> {
    const auto done = connection_.Execute(
        "INSERT INTO sources (name, kind, up, attempted_at, succeeded_at, duration_ms, samples,"
        " refused, http_code, error, consecutive_failures, skew_seconds, newest_sample, bytes,"
        " error_class, breaker)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON DUPLICATE KEY UPDATE kind = VALUES(kind), up = VALUES(up),"
        " attempted_at = VALUES(attempted_at),"
        " succeeded_at = COALESCE(VALUES(succeeded_at), succeeded_at),"
        " duration_ms = VALUES(duration_ms), samples = VALUES(samples),"
        " refused = VALUES(refused), http_code = VALUES(http_code), error = VALUES(error),"
        " consecutive_failures = IF(VALUES(up) = 1, 0, consecutive_failures + 1),"
        " skew_seconds = VALUES(skew_seconds), bytes = VALUES(bytes),"
        " error_class = VALUES(error_class), breaker = VALUES(breaker),"
        " newest_sample = COALESCE(GREATEST(newest_sample, VALUES(newest_sample)),"
        " newest_sample, VALUES(newest_sample))",
        {CutToCharacters(report.name, kMaxName), report.kind, report.up ? 1 : 0, at,
         report.up ? Value(at) : Value(), Clamp(report.duration.count()),
         Clamp(static_cast<std::int64_t>(report.samples)),
         Clamp(static_cast<std::int64_t>(report.refused)), OrNull(report.http_code),
         report.error.empty() ? Value() : Value(CutToCharacters(report.error, kMaxError)),
         report.up ? 0 : 1, report.skew_seconds ? Value(Clamp(*report.skew_seconds)) : Value(),
         OrNull(report.newest_sample),
         report.bytes > 0 ? Value(static_cast<std::int64_t>(report.bytes)) : Value(),
         report.error_class.empty() ? Value() : Value(report.error_class),
         std::string(report.breaker)});
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

}  // namespace mon::data_aggregator
