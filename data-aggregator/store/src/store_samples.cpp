#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data_aggregator/mysql_sample_store.h"
#include "mysql/transact.h"
#include "quarantine.h"
#include "text_columns.h"

namespace mon::data_aggregator {
namespace {

using mysql::Value;

constexpr std::size_t kMaxName = 190;  // characters of the column `application`
constexpr std::size_t kTimesAtOnce = 1000;

/// By application and second: the last of several counts.
using Samples = std::map<std::string, std::map<std::int64_t, ApplicationSample>>;

/// Why the table cannot hold it; empty: it can.
std::string Objection(const ApplicationSample& sample) {
  if (sample.application.empty() ||
      CutToCharacters(sample.application, kMaxName) != sample.application)
    return "the name of the application is empty, too long or not UTF-8";
  if (sample.response_time_ms < 0 ||
      sample.response_time_ms > std::numeric_limits<std::int32_t>::max())
    return "response_time_ms is not from 0 to 2147483647";
  if (!std::isfinite(sample.error_rate) || sample.error_rate < 0 || sample.error_rate > 1)
    return "error_rate is not from 0 to 1";
  return "";
}

constexpr std::array<std::string_view, 5> kColumns = {
    "application", "timestamp", "response_time_ms", "error_rate", "skew_seconds"};

std::array<Value, kColumns.size()> RowOf(const ApplicationSample& sample) {
  return {sample.application, sample.timestamp, sample.response_time_ms, double{sample.error_rate},
          sample.skew_seconds == 0 ? Value() : Value(sample.skew_seconds)};
}

/// A sample that the table cannot hold.
struct Unfit {
  const ApplicationSample* sample;
  std::string reason;
};

Result<void> Refuse(mysql::Connection& connection, const Unfit& unfit, StoreResult& result) {
  const ApplicationSample& sample = *unfit.sample;
  ++result.refused[unfit.reason];
  return Quarantine(
      connection, {"hyphenmon_metrics", fmt::format("{}/{}", sample.application, sample.timestamp),
                   unfit.reason, RowText(kColumns, RowOf(sample))});
}

Samples Check(std::span<const ApplicationSample> samples, std::vector<Unfit>& unfit) {
  Samples good;
  for (const ApplicationSample& sample : samples) {
    if (std::string objection = Objection(sample); !objection.empty()) {
      unfit.push_back({&sample, std::move(objection)});
    } else {
      good[sample.application].insert_or_assign(sample.timestamp, sample);
    }
  }
  return good;
}

/// A sample that has to be written, and the row it takes the place of.
struct Pending {
  const ApplicationSample* sample;
  std::optional<std::int64_t> replaces;
};

bool SameValues(mysql::Rows& rows, const ApplicationSample& sample) {
  return !rows.IsNull(2) && !rows.IsNull(3) && rows.Int(2) == sample.response_time_ms &&
         static_cast<float>(rows.Double(3)) == sample.error_rate;
}

/// What of `samples` (one application) is new or different. Known rows are read instead of
/// overwritten, so that no id is used up for what is there.
Result<std::vector<Pending>> FindPending(mysql::Connection& connection,
                                         const std::string& application,
                                         const std::map<std::int64_t, ApplicationSample>& samples,
                                         StoreResult& result) {
  std::vector<Pending> pending;
  for (auto from = samples.begin(); from != samples.end();) {
    std::vector<Value> parameters = {application};
    std::map<std::int64_t, Pending> open;
    for (; from != samples.end() && open.size() < kTimesAtOnce; ++from) {
      parameters.emplace_back(from->first);
      open.emplace(from->first, Pending{&from->second, std::nullopt});
    }
    auto rows = connection.Query(
        fmt::format("SELECT id, timestamp, response_time_ms, error_rate FROM hyphenmon_metrics"
                    " WHERE application = ? AND timestamp IN {}",
                    Placeholders(open.size())),
        parameters);
    if (!rows) return std::unexpected(rows.error());
    while (rows->Next()) {
      const auto found = open.find(rows->Int(1));
      if (found == open.end()) continue;
      if (SameValues(*rows, *found->second.sample)) {
        ++result.unchanged;
        open.erase(found);
      } else {
        found->second.replaces = rows->Int(0);
      }
    }
    for (const auto& [time, one] : open) pending.push_back(one);
  }
  return pending;
}

Result<void> Delete(mysql::Connection& connection, std::span<const Pending> pending) {
  std::vector<Value> ids;
  for (const Pending& one : pending)
    if (one.replaces) ids.emplace_back(*one.replaces);
  for (std::size_t i = 0; i < ids.size(); i += kTimesAtOnce) {
    const auto some = std::span(ids).subspan(i, std::min(kTimesAtOnce, ids.size() - i));
    const auto done = connection.Execute(
        fmt::format("DELETE FROM hyphenmon_metrics WHERE id IN {}", Placeholders(some.size())),
        some);
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

Result<void> Replace(mysql::Connection& connection, std::span<const Pending> pending) {
  if (auto deleted = Delete(connection, pending); !deleted) return deleted;
  std::vector<Value> values;
  for (const Pending& one : pending)
    for (Value& value : RowOf(*one.sample)) values.push_back(std::move(value));
  const auto inserted = connection.InsertRows(
      fmt::format("INSERT INTO hyphenmon_metrics ({})", fmt::join(kColumns, ", ")), kColumns.size(),
      values);
  if (!inserted) return std::unexpected(inserted.error());
  return {};
}

/// Writes `pending`; where the table refuses one of several, each by itself, so that the others are
/// stored and a refused one leaves the row it was to replace.
Result<void> Write(mysql::Connection& connection, std::span<const Pending> pending,
                   StoreResult& result) {
  if (pending.empty()) return {};
  if (auto marked = connection.Execute("SAVEPOINT before_samples"); !marked)
    return std::unexpected(marked.error());
  auto written = Replace(connection, pending);
  if (written) {
    for (const Pending& one : pending) ++(one.replaces ? result.replaced : result.inserted);
    return {};
  }
  if (written.error().code != ErrorCode::kInvalidData) return written;
  if (auto back = connection.Execute("ROLLBACK TO SAVEPOINT before_samples"); !back)
    return std::unexpected(back.error());
  if (pending.size() == 1)
    return Refuse(connection, {pending[0].sample, written.error().message}, result);
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (auto one = Write(connection, pending.subspan(i, 1), result); !one) return one;
  }
  return {};
}

}  // namespace

Result<StoreResult> MysqlSampleStore::StoreSamples(std::span<const ApplicationSample> samples) {
  if (samples.empty()) return StoreResult{};
  std::vector<Unfit> unfit;
  const Samples good = Check(samples, unfit);
  return Transact(connection_, lease_, [&]() -> Result<StoreResult> {
    StoreResult result;
    for (const Unfit& one : unfit) {
      if (auto refused = Refuse(connection_, one, result); !refused)
        return std::unexpected(refused.error());
    }
    for (const auto& [application, of_one] : good) {
      const auto pending = FindPending(connection_, application, of_one, result);
      if (!pending) return std::unexpected(pending.error());
      if (auto written = Write(connection_, *pending, result); !written)
        return std::unexpected(written.error());
    }
    return result;
  });
}

}  // namespace mon::data_aggregator
