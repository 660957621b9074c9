#include "ledger_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mon::processor {
namespace {

TimePoint FromMilliseconds(std::int64_t value) {
  return TimePoint(std::chrono::milliseconds(value));
}

std::int64_t Milliseconds(TimePoint t) { return t.time_since_epoch().count(); }

constexpr std::size_t kIdsAPage = 50'000;

Result<std::int64_t> OneNumber(mysql::Connection& connection, const std::string& sql) {
  auto rows = connection.Query(sql);
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Int(0) : 0;
}

}  // namespace

Result<StoredLedger> LoadLedger(mysql::Connection& connection) {
  // The outer join answers with the time even where the ledger is empty: one round trip for both.
  auto rows = connection.Query(
      "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), r.first_id, r.last_id,"
      " CAST(UNIX_TIMESTAMP(r.begun_at) * 1000 AS SIGNED),"
      " CAST(UNIX_TIMESTAMP(r.finished_at) * 1000 AS SIGNED),"
      " (SELECT MAX(id) FROM hyphenmon_metrics)"
      " FROM (SELECT 1 AS one) o LEFT JOIN processed_ranges r ON TRUE");
  if (!rows) return Context("reading the ledger", rows.error());
  StoredLedger stored;
  std::vector<IdRange> ranges;
  while (rows->Next()) {
    stored.now = FromMilliseconds(rows->Int(0));
    if (!rows->IsNull(5)) stored.highest_row = rows->Int(5);
    if (rows->IsNull(1)) continue;
    ranges.push_back({rows->Int(1), rows->Int(2), FromMilliseconds(rows->Int(3)),
                      FromMilliseconds(rows->Int(4))});
  }
  stored.ledger = Ledger(ranges);
  return stored;
}

Result<void> SaveLedger(mysql::Connection& connection, const LedgerChange& change) {
  for (std::size_t i = 0; i < change.removed.size(); i += 1000) {
    std::string list;
    for (std::size_t k = i; k < std::min(i + 1000, change.removed.size()); ++k) {
      list += fmt::format("{}{}", list.empty() ? "" : ",", change.removed[k]);
    }
    auto removed = connection.Execute(
        fmt::format("DELETE FROM processed_ranges WHERE first_id IN ({})", list));
    if (!removed) return Context("writing the ledger", removed.error());
  }
  for (std::size_t i = 0; i < change.written.size(); i += 1000) {
    std::string values;
    for (std::size_t k = i; k < std::min(i + 1000, change.written.size()); ++k) {
      const auto& range = change.written[k];
      values += fmt::format("{}({},{},FROM_UNIXTIME({}/1000),FROM_UNIXTIME({}/1000))",
                            values.empty() ? "" : ",", range.first, range.last,
                            Milliseconds(range.begun_at), Milliseconds(range.finished_at));
    }
    auto written = connection.Execute(fmt::format(
        "INSERT INTO processed_ranges (first_id, last_id, begun_at, finished_at) VALUES {} "
        "ON DUPLICATE KEY UPDATE last_id = VALUES(last_id), begun_at = VALUES(begun_at),"
        " finished_at = VALUES(finished_at)",
        values));
    if (!written) return Context("writing the ledger", written.error());
  }
  return {};
}

Result<Ledger> FirstLedger(mysql::Connection& connection, TimePoint now,
                           const FirstReadOptions& options) {
  const auto read_from = Milliseconds(now - options.read_back);
  const auto open_from = Milliseconds(now - options.gaps_stay_open);

  // The lowest id that is young; below it no transaction is open any more, but for the gap right
  // beneath it, whose upper neighbour it is.
  auto lowest =
      OneNumber(connection, fmt::format("SELECT COALESCE(MIN(id), {}) FROM hyphenmon_metrics"
                                        " WHERE recorded_at >= FROM_UNIXTIME({}/1000)",
                                        Ledger::kHighestId, open_from));
  if (!lowest) return Context("first pass", lowest.error());
  auto settled = OneNumber(
      connection,
      fmt::format("SELECT COALESCE(MAX(id), 0) FROM hyphenmon_metrics WHERE id < {}", *lowest));
  if (!settled) return Context("first pass", settled.error());

  Ledger ledger;
  ledger.Add({0, std::max<std::int64_t>(*settled, 0)}, now);
  for (auto from = *lowest; from < Ledger::kHighestId;) {
    auto rows = connection.Query(
        fmt::format("SELECT id FROM hyphenmon_metrics WHERE id >= {} AND"
                    " (recorded_at IS NULL OR recorded_at < FROM_UNIXTIME({}/1000))"
                    " ORDER BY id LIMIT {}",
                    from, read_from, kIdsAPage));
    if (!rows) return Context("first pass", rows.error());
    std::vector<std::int64_t> ids;
    ids.reserve(rows->Count());
    while (rows->Next()) ids.push_back(rows->Int(0));
    for (const auto& run : Runs(ids)) ledger.Add(run, now);
    if (ids.size() < kIdsAPage) break;
    from = ids.back() + 1;
  }
  return ledger;
}

}  // namespace mon::processor
