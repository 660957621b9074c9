#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "common/text.h"
#include "data_aggregator/mysql_sample_store.h"
#include "mysql/times.h"
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

std::string UsualInterval() { return mysql::SmoothedInterval("usual_interval_ms", "reported_at"); }

/// What the times of the server become, from the values of before: MySQL assigns from left to
/// right.
std::string WatchedTimes() {
  return fmt::format(
      "usual_interval_ms = {}, reported_at = VALUES(reported_at),"
      " failing_since = IF(VALUES(up) = 1, NULL, COALESCE(failing_since, VALUES(reported_at))),"
      " usual_step_ms = IF(VALUES(last_sample) <> last_sample, {}, usual_step_ms),"
      " fresh_at = IF(VALUES(last_sample) IS NULL OR VALUES(last_sample) <=> last_sample,"
      " fresh_at, VALUES(reported_at)),"
      " last_sample = COALESCE(VALUES(last_sample), last_sample),",
      UsualInterval(), mysql::SmoothedInterval("usual_step_ms", "fresh_at"));
}

/// The row goes on telling of the last attempt.
Result<std::uint64_t> StoreBreaker(mysql::Connection& connection, const SourceReport& report) {
  return connection.Execute(fmt::format("UPDATE sources SET breaker = ?, usual_interval_ms = {},"
                                        " reported_at = NOW(3) WHERE name = ?",
                                        UsualInterval()),
                            {std::string(report.breaker), CutToCharacters(report.name, kMaxName)});
}

constexpr std::size_t kColumns = 20;
constexpr const char* kHead =
    "INSERT INTO sources (name, kind, up, attempted_at, succeeded_at, duration_ms, samples,"
    " refused, http_code, error, consecutive_failures, skew_seconds, newest_sample, bytes,"
    " error_class, breaker, last_sample, reported_at, failing_since, fresh_at)";

std::string Tail() {
  return "ON DUPLICATE KEY UPDATE " + WatchedTimes() +
         " kind = VALUES(kind), up = VALUES(up),"
         " attempted_at = VALUES(attempted_at),"
         " succeeded_at = COALESCE(VALUES(succeeded_at), succeeded_at),"
         " duration_ms = VALUES(duration_ms), samples = VALUES(samples),"
         " refused = VALUES(refused), http_code = VALUES(http_code), error = VALUES(error),"
         " consecutive_failures = IF(VALUES(up) = 1, 0, consecutive_failures + 1),"
         " skew_seconds = VALUES(skew_seconds), bytes = VALUES(bytes),"
         " error_class = VALUES(error_class), breaker = VALUES(breaker),"
         " newest_sample = COALESCE(GREATEST(newest_sample, VALUES(newest_sample)),"
         " newest_sample, VALUES(newest_sample))";
}

/// `now`: the server's.
void AddAttempt(const SourceReport& report, const std::string& now, std::vector<Value>& values) {
  const std::string at = TimestampText(report.attempted_at);
  values.insert(values.end(),
                {CutToCharacters(report.name, kMaxName),
                 report.kind,
                 std::int64_t{report.up ? 1 : 0},
                 at,
                 report.up ? Value(at) : Value(),
                 Clamp(report.duration.count()),
                 Clamp(static_cast<std::int64_t>(report.samples)),
                 Clamp(static_cast<std::int64_t>(report.refused)),
                 OrNull(report.http_code),
                 report.error.empty() ? Value() : Value(CutToCharacters(report.error, kMaxError)),
                 std::int64_t{report.up ? 0 : 1},
                 report.skew_seconds ? Value(Clamp(*report.skew_seconds)) : Value(),
                 OrNull(report.newest_sample),
                 report.bytes > 0 ? Value(static_cast<std::int64_t>(report.bytes)) : Value(),
                 report.error_class.empty() ? Value() : Value(report.error_class),
                 std::string(report.breaker),
                 OrNull(report.newest_sample),
                 now,
                 report.up ? Value() : Value(now),
                 report.newest_sample ? Value(now) : Value()});
}

}  // namespace

/// One transaction, and not one each: ten thousand would not be on the disk before the next cycle.
Result<void> MysqlSampleStore::StoreReports(std::span<const SourceReport> reports) {
  if (reports.empty()) return {};
  return Transact(connection_, lease_, [&]() -> Result<void> {
    auto now = connection_.Query("SELECT NOW(3)");
    if (!now) return std::unexpected(now.error());
    now->Next();
    std::vector<Value> attempts;
    for (const SourceReport& report : reports) {
      if (report.asked) {
        AddAttempt(report, now->Text(0), attempts);
      } else if (auto done = StoreBreaker(connection_, report); !done) {
        return std::unexpected(done.error());
      }
    }
    const auto done =
        connection_.InsertRows(kHead, kColumns, attempts, Tail(), mysql::NewIds::kNone);
    if (!done) return std::unexpected(done.error());
    return {};
  });
}

}  // namespace mon::data_aggregator
