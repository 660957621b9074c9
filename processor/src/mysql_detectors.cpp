#include "mysql_detectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "mysql/placeholders.h"

namespace mon::processor {
namespace {

using mysql::Value;

constexpr std::size_t kSeriesAQuery = 500;

}  // namespace

Result<std::vector<StoredDetector>> MysqlDetectors::Load(std::span<const std::string> series) {
  std::vector<StoredDetector> found;
  for (std::size_t from = 0; from < series.size(); from += kSeriesAQuery) {
    const auto part = series.subspan(from, std::min(kSeriesAQuery, series.size() - from));
    const std::vector<Value> params(part.begin(), part.end());
    auto rows = connection_->Query(
        fmt::format("SELECT series, newest, state FROM detector_states WHERE series IN ({})",
                    mysql::Placeholders(part.size())),
        params);
    if (!rows) return Context("reading detectors", rows.error());
    while (rows->Next()) found.push_back({rows->Text(0), rows->Int(1), rows->Text(2)});
  }
  return found;
}

Result<std::vector<AcceptedOddity>> MysqlDetectors::LoadAccepted() {
  auto rows = connection_->Query(
      "SELECT series, strength, CAST(UNIX_TIMESTAMP(created_at) AS SIGNED) FROM detector_feedback");
  if (!rows) return Context("reading what was said to be normal", rows.error());
  std::vector<AcceptedOddity> accepted;
  while (rows->Next()) accepted.push_back({rows->Text(0), rows->Double(1), rows->Int(2)});
  return accepted;
}

Result<void> MysqlDetectors::Save(std::span<const StoredDetector> detectors,
                                  std::span<const AcceptedOddity> accepted,
                                  std::chrono::seconds kept) {
  std::vector<Value> values;
  for (const auto& detector : detectors) {
    values.insert(values.end(), {detector.series, detector.newest, detector.state});
  }
  auto saved = connection_->InsertRows(
      "INSERT INTO detector_states (series, newest, state)", 3, values,
      // Another member may have learnt more of an item that both ask about.
      "ON DUPLICATE KEY UPDATE state = IF(VALUES(newest) >= newest, VALUES(state), state),"
      " newest = GREATEST(newest, VALUES(newest))",
      mysql::NewIds::kNone);
  if (!saved) return Context("writing detectors", saved.error());
  for (const AcceptedOddity& one : accepted) {
    auto removed = connection_->Execute(
        "DELETE FROM detector_feedback WHERE series = ? AND strength <= ?"
        " AND created_at <= NOW(3) - INTERVAL ? SECOND",
        {one.series, one.strength, std::int64_t{kept.count()}});
    if (!removed) return Context("writing what was said to be normal", removed.error());
  }
  return {};
}

}  // namespace mon::processor
