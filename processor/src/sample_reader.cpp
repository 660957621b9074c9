#include "sample_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "mysql/placeholders.h"

namespace mon::processor {
namespace {

using mysql::Value;

// `+ 0e0`: as text, MariaDB prints a FLOAT with six digits; as a double it keeps all of them.
constexpr const char* kColumns =
    "id, timestamp, response_time_ms + 0e0, error_rate + 0e0, application,"
    " CAST(UNIX_TIMESTAMP(recorded_at) AS SIGNED)";

MetricRow RowAt(const mysql::Row& stored) {
  MetricRow row;
  row.id = stored.Int(0);
  if (!stored.IsNull(1)) row.timestamp = stored.Int(1);
  if (!stored.IsNull(2)) row.response_time_ms = stored.Double(2);
  if (!stored.IsNull(3)) row.error_rate = stored.Double(3);
  if (!stored.IsNull(5)) row.recorded_at = stored.Int(5);
  return row;
}

std::string_view OwnerOf(const mysql::Row& stored) {
  return stored.IsNull(4) ? kDefaultApplication : stored.Text(4);
}

constexpr std::size_t kRowsAPage = 2'000;
constexpr std::size_t kRowsAtOnce = 500'000;

enum class Take { kFirst, kLast };

/// The first or last `count` rows of `application` that meet `condition`, with the parameters
/// `bounds`, by time and id. Rows of other programs carry no application, and belong to the default
/// one: each of the two kinds is a step of its own in the index. One condition with OR, or an order
/// by id as well, and the server would read and sort all that there are; in the index the rows of
/// one second lie by id anyway.
Result<std::vector<MetricRow>> RowsOf(mysql::Connection& connection, const std::string& application,
                                      std::string_view condition, std::span<const Value> bounds,
                                      Take take, std::size_t count) {
  const std::string_view order = take == Take::kFirst ? "ASC" : "DESC";
  const auto select = [&](std::string_view owner) {
    return fmt::format(
        "(SELECT {} FROM hyphenmon_metrics FORCE INDEX (application_timestamp) WHERE {} AND {}"
        " ORDER BY timestamp {} LIMIT {})",
        kColumns, owner, condition, order, count);
  };
  auto sql = select("application = ?");
  std::vector<Value> params{application};
  params.insert(params.end(), bounds.begin(), bounds.end());
  if (application == kDefaultApplication) {
    sql += " UNION ALL " + select("application IS NULL");
    params.insert(params.end(), bounds.begin(), bounds.end());
  }
  std::vector<MetricRow> found;
  found.reserve(count);
  auto read =
      connection.Read(sql, params, [&](const mysql::Row& row) { found.push_back(RowAt(row)); });
  if (!read) return Context("reading stored samples", read.error());
  std::ranges::sort(found, {},
                    [](const MetricRow& row) { return std::pair(row.timestamp, row.id); });
  if (found.size() > count) {
    const auto surplus = static_cast<std::ptrdiff_t>(found.size() - count);
    take == Take::kFirst ? found.erase(found.end() - surplus, found.end())
                         : found.erase(found.begin(), found.begin() + surplus);
  }
  return found;
}

/// Rows come sorted by time and id: the last one of a second counts.
void Add(const Sample& sample, std::vector<Sample>& samples) {
  if (!samples.empty() && samples.back().timestamp == sample.timestamp) {
    samples.back() = sample;
  } else {
    samples.push_back(sample);
  }
}

std::vector<Sample> Samples(std::span<const MetricRow> rows, std::int64_t now) {
  std::vector<Sample> samples;
  for (const auto& row : rows)
    if (const auto sample = Check(row, now)) Add(*sample, samples);
  return samples;
}

}  // namespace

Result<void> ReadRows(mysql::Connection& connection, std::span<const IdSpan> spans,
                      std::int64_t above, std::size_t limit, const TakeRow& take) {
  std::string where;
  for (const auto& span : spans) {
    if (span.last <= above) continue;
    const auto first = std::max(span.first, above + 1);
    where += where.empty() ? "" : " OR ";
    where += span.last == Ledger::kHighestId
                 ? fmt::format("id >= {}", first)
                 : fmt::format("id BETWEEN {} AND {}", first, span.last);
  }
  if (where.empty()) return {};
  auto read = connection.Read(
      fmt::format(
          "SELECT {} FROM hyphenmon_metrics FORCE INDEX (PRIMARY) WHERE {} ORDER BY id LIMIT {}",
          kColumns, where, limit),
      {}, [&](const mysql::Row& row) { take(RowAt(row), OwnerOf(row)); });
  if (!read) return Context("reading new rows", read.error());
  return {};
}

Result<SampleStretch> MysqlSampleHistory::Read(const std::string& application, std::int64_t from,
                                               std::int64_t to) {
  const std::vector<Value> bounds{from, to};
  auto rows = RowsOf(*connection_, application, "timestamp BETWEEN ? AND ?", bounds, Take::kFirst,
                     kRowsAPage);
  if (!rows) return std::unexpected(rows.error());
  SampleStretch stretch{Samples(*rows, now_), {}};
  if (rows->size() < kRowsAPage) return stretch;
  // A higher id of the last second may lie on the next page: leave that second to it.
  const auto last_second = *rows->back().timestamp;
  if (last_second == from) {
    stretch.more_from = from + 1;
  } else {
    stretch.more_from = last_second;
    if (!stretch.samples.empty() && stretch.samples.back().timestamp == last_second) {
      stretch.samples.pop_back();
    }
  }
  return stretch;
}

/// Of the default application's rows some carry no name: it is left to Read.
Result<std::map<std::string, std::vector<Sample>>> MysqlSampleHistory::ReadMany(
    std::span<const std::string> applications, std::int64_t from, std::int64_t to) {
  std::map<std::string, std::vector<Sample>> samples;
  for (const auto& application : applications) {
    if (application != kDefaultApplication) samples[application];
  }
  if (samples.empty()) return samples;
  std::vector<Value> params;
  for (const auto& [application, none] : samples) params.emplace_back(application);
  params.insert(params.end(), {from, to});
  std::size_t count = 0;
  auto at = samples.end();  // whose rows come now
  auto read = connection_->Read(
      fmt::format("SELECT {} FROM hyphenmon_metrics FORCE INDEX (application_timestamp)"
                  " WHERE application IN ({}) AND timestamp BETWEEN ? AND ?"
                  " ORDER BY application, timestamp LIMIT {}",
                  kColumns, mysql::Placeholders(samples.size()), kRowsAtOnce),
      params, [&](const mysql::Row& row) {
        ++count;
        if (at == samples.end() || at->first != OwnerOf(row))
          at = samples.try_emplace(std::string(OwnerOf(row))).first;
        if (auto sample = Check(RowAt(row), now_)) Add(*sample, at->second);
      });
  if (!read) return Context("reading stored samples", read.error());
  if (count == kRowsAtOnce) samples.erase(at, samples.end());
  return samples;
}

Result<std::vector<Sample>> MysqlSampleHistory::ReadBefore(const std::string& application,
                                                           std::int64_t before, std::size_t count) {
  const std::vector<Value> bounds{before};
  auto rows = RowsOf(*connection_, application, "timestamp < ?", bounds, Take::kLast, count);
  if (!rows) return std::unexpected(rows.error());
  return Samples(*rows, now_);
}

Result<std::vector<Sample>> ReadAll(SampleHistory& history, const std::string& application,
                                    std::int64_t from, std::int64_t to) {
  std::vector<Sample> samples;
  for (std::optional<std::int64_t> next = from; next && *next <= to;) {
    auto stretch = history.Read(application, *next, to);
    if (!stretch) return std::unexpected(stretch.error());
    samples.insert(samples.end(), stretch->samples.begin(), stretch->samples.end());
    next = stretch->more_from;
  }
  return samples;
}

}  // namespace mon::processor
