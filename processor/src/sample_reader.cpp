#include "sample_reader.h"

#include <fmt/format.h>

#include <algorithm>

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

/// Rows of other programs carry no application, and belong to the default one.
std::string OwnerCondition(const std::string& application) {
  return application == kDefaultApplication ? "(application = ? OR application IS NULL)"
                                            : "application = ?";
}

/// Samples of rows that are sorted by time and id: the last of each second. `last_second` is that
/// of the last row, sample or not.
std::vector<Sample> Samples(mysql::Rows& rows, std::int64_t now,
                            std::optional<std::int64_t>& last_second) {
  std::vector<Sample> samples;
  while (rows.Next()) {
    const auto row = RowAt(rows);
    last_second = row.timestamp;
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
  const std::vector<Value> params{application, from, to};
  auto rows = connection_->Query(
      fmt::format("SELECT {} FROM hyphenmon_metrics WHERE {} AND timestamp BETWEEN ? AND ?"
                  " ORDER BY timestamp, id LIMIT {}",
                  kColumns, OwnerCondition(application), kRowsAPage),
      params);
  if (!rows) return Context("reading stored samples", rows.error());
  const bool full = rows->Count() == kRowsAPage;
  std::optional<std::int64_t> last_second;
  SampleStretch stretch{Samples(*rows, now_, last_second), {}};
  if (!full) return stretch;
  // A higher id of the last second may lie on the next page: leave that second to it.
  if (last_second == from) {
    stretch.more_from = from + 1;
  } else {
    stretch.more_from = last_second;
    if (!stretch.samples.empty() && stretch.samples.back().timestamp == *last_second) {
      stretch.samples.pop_back();
    }
  }
  return stretch;
}

Result<std::vector<Sample>> MysqlSampleHistory::ReadBefore(const std::string& application,
                                                           std::int64_t before, std::size_t count) {
  const std::vector<Value> params{application, before};
  auto rows = connection_->Query(
      fmt::format("SELECT * FROM (SELECT {} FROM hyphenmon_metrics WHERE {} AND timestamp < ?"
                  " ORDER BY timestamp DESC, id DESC LIMIT {}) newest ORDER BY 2, 1",
                  kColumns, OwnerCondition(application), count),
      params);
  if (!rows) return Context("reading stored samples", rows.error());
  std::optional<std::int64_t> last_second;
  return Samples(*rows, now_, last_second);
}

}  // namespace mon::processor
