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

MetricRow RowAt(const mysql::Rows& rows) {
  MetricRow row;
  row.id = rows.Int(0);
  if (!rows.IsNull(1)) row.timestamp = rows.Int(1);
  if (!rows.IsNull(2)) row.response_time_ms = rows.Double(2);
  if (!rows.IsNull(3)) row.error_rate = rows.Double(3);
  if (!rows.IsNull(4)) row.application = rows.Text(4);
  if (!rows.IsNull(5)) row.recorded_at = rows.Int(5);
  return row;
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
  auto rows = connection.Query(sql, params);
  if (!rows) return Context("reading stored samples", rows.error());
  std::vector<MetricRow> found;
  found.reserve(rows->Count());
  while (rows->Next()) found.push_back(RowAt(*rows));
  std::ranges::sort(found, {},
                    [](const MetricRow& row) { return std::pair(row.timestamp, row.id); });
  if (found.size() > count) {
    const auto surplus = static_cast<std::ptrdiff_t>(found.size() - count);
    take == Take::kFirst ? found.erase(found.end() - surplus, found.end())
                         : found.erase(found.begin(), found.begin() + surplus);
  }
  return found;
}

/// The samples among `rows`, which are sorted by time and id: the last of each second.
std::vector<Sample> Samples(std::span<const MetricRow> rows, std::int64_t now) {
  std::vector<Sample> samples;
  for (const auto& row : rows) {
    auto sample = Check(row, now);
    if (!sample) continue;
    if (!samples.empty() && samples.back().timestamp == sample->timestamp) {
      samples.back() = std::move(*sample);
    } else {
      samples.push_back(std::move(*sample));
    }
  }
  return samples;
}

}  // namespace

Result<std::vector<MetricRow>> ReadRows(mysql::Connection& connection,
                                        std::span<const IdSpan> spans, std::int64_t above,
                                        std::size_t limit) {
  std::string where;
  for (const auto& span : spans) {
    if (span.last <= above) continue;
    const auto first = std::max(span.first, above + 1);
    where += where.empty() ? "" : " OR ";
    where += span.last == Ledger::kHighestId
                 ? fmt::format("id >= {}", first)
                 : fmt::format("id BETWEEN {} AND {}", first, span.last);
  }
  if (where.empty()) return std::vector<MetricRow>{};
  auto rows = connection.Query(fmt::format(
      "SELECT {} FROM hyphenmon_metrics FORCE INDEX (PRIMARY) WHERE {} ORDER BY id LIMIT {}",
      kColumns, where, limit));
  if (!rows) return Context("reading new rows", rows.error());
  std::vector<MetricRow> out;
  out.reserve(rows->Count());
  while (rows->Next()) out.push_back(RowAt(*rows));
  return out;
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
  auto rows = connection_->Query(
      fmt::format("SELECT {} FROM hyphenmon_metrics FORCE INDEX (application_timestamp)"
                  " WHERE application IN ({}) AND timestamp BETWEEN ? AND ?"
                  " ORDER BY application, timestamp LIMIT {}",
                  kColumns, mysql::Placeholders(samples.size()), kRowsAtOnce),
      params);
  if (!rows) return Context("reading stored samples", rows.error());
  std::size_t count = 0;
  std::string last;
  while (rows->Next()) {
    ++count;
    const MetricRow row = RowAt(*rows);
    last = *row.application;
    if (auto sample = Check(row, now_)) samples[last].push_back(std::move(*sample));
  }
  if (count == kRowsAtOnce) samples.erase(samples.find(last), samples.end());
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
