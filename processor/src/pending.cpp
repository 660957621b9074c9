#include "pending.h"

#include <fmt/format.h>

#include <algorithm>

#include "metric_row.h"

namespace mon::processor {

using mysql::Value;

Result<StoredPending> LoadPending(mysql::Connection& connection, const Parts& parts,
                                  std::int64_t now, std::size_t limit) {
  auto rows = connection.Query(fmt::format(
      "SELECT p.sample_id, p.application, p.timestamp,"
      " CAST(UNIX_TIMESTAMP(p.waits_since) * 1000 AS SIGNED), m.response_time_ms + 0e0,"
      " m.error_rate + 0e0 FROM pending_samples p"
      " LEFT JOIN hyphenmon_metrics m ON m.id = p.sample_id WHERE {} ORDER BY p.timestamp LIMIT {}",
      InParts(parts, "p.application"), limit));
  if (!rows) return Context("reading waiting samples", rows.error());
  StoredPending stored;
  while (rows->Next()) {
    MetricRow row;
    row.id = rows->Int(0);
    row.timestamp = rows->Int(2);
    if (!rows->IsNull(4)) row.response_time_ms = rows->Double(4);
    if (!rows->IsNull(5)) row.error_rate = rows->Double(5);
    if (auto sample = Check(row, std::max(now, *row.timestamp))) {
      stored.samples.push_back(
          {rows->Text(1), *sample, TimePoint(std::chrono::milliseconds(rows->Int(3)))});
    } else {
      stored.gone.push_back(row.id);
    }
  }
  return stored;
}

Result<void> AddPending(mysql::Connection& connection, std::span<const PendingSample> samples) {
  if (samples.empty()) return {};
  std::vector<Value> values;
  values.reserve(samples.size() * 3);
  for (const auto& pending : samples) {
    values.insert(values.end(), {pending.sample.id, pending.application, pending.sample.timestamp});
  }
  auto added = connection.InsertRows(
      "INSERT INTO pending_samples (sample_id, application, timestamp)", 3, values,
      "ON DUPLICATE KEY UPDATE sample_id = sample_id", mysql::NewIds::kNone);
  if (!added) return Context("writing waiting samples", added.error());
  return {};
}

Result<void> RemovePending(mysql::Connection& connection, std::span<const std::int64_t> ids) {
  for (std::size_t from = 0; from < ids.size(); from += 1000) {
    const auto part = ids.subspan(from, std::min<std::size_t>(1000, ids.size() - from));
    auto removed = connection.Execute(
        fmt::format("DELETE FROM pending_samples WHERE sample_id IN ({})", fmt::join(part, ",")));
    if (!removed) return Context("writing waiting samples", removed.error());
  }
  return {};
}

}  // namespace mon::processor
