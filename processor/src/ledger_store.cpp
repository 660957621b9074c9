#include "ledger_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace mon::processor {
namespace {

TimePoint FromMilliseconds(std::int64_t value) {
  return TimePoint(std::chrono::milliseconds(value));
}

std::int64_t Milliseconds(TimePoint t) { return t.time_since_epoch().count(); }

constexpr std::size_t kIdsAPage = 50'000;
constexpr std::size_t kRangesAtOnce = 1000;

Result<std::int64_t> OneNumber(mysql::Connection& connection, const std::string& sql) {
  auto rows = connection.Query(sql);
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Int(0) : 0;
}

Result<void> Remove(mysql::Connection& connection, int part,
                    const std::vector<std::int64_t>& first_ids) {
  for (std::size_t i = 0; i < first_ids.size(); i += kRangesAtOnce) {
    const auto ids = std::span(first_ids).subspan(i, std::min(kRangesAtOnce, first_ids.size() - i));
    auto removed = connection.Execute(
        fmt::format("DELETE FROM processed_ranges WHERE part = {} AND first_id IN ({})", part,
                    fmt::join(ids, ",")));
    if (!removed) return Context("writing the ledger", removed.error());
  }
  return {};
}

}  // namespace

Result<StoredLedgers> LoadLedgers(mysql::Connection& connection) {
  // The outer join answers with the time even where there is no ledger: one round trip for both.
  auto rows = connection.Query(
      "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), r.first_id, r.last_id,"
      " CAST(UNIX_TIMESTAMP(r.begun_at) * 1000 AS SIGNED),"
      " CAST(UNIX_TIMESTAMP(r.finished_at) * 1000 AS SIGNED),"
      " (SELECT MAX(id) FROM hyphenmon_metrics), r.part"
      " FROM (SELECT 1 AS one) o LEFT JOIN processed_ranges r ON TRUE");
  if (!rows) return Context("reading the ledger", rows.error());
  StoredLedgers stored;
  std::map<int, std::vector<IdRange>> ranges;
  while (rows->Next()) {
    stored.now = FromMilliseconds(rows->Int(0));
    if (!rows->IsNull(5)) stored.highest_row = rows->Int(5);
    if (rows->IsNull(1)) continue;
    ranges[static_cast<int>(rows->Int(6))].push_back({rows->Int(1), rows->Int(2),
                                                      FromMilliseconds(rows->Int(3)),
                                                      FromMilliseconds(rows->Int(4))});
  }
  for (const auto& [part, of_part] : ranges) stored.by_part.emplace(part, Ledger(of_part));
  return stored;
}

Result<void> SaveLedgers(mysql::Connection& connection,
                         const std::map<int, LedgerChange>& changes) {
  std::vector<std::string> written;
  for (const auto& [part, change] : changes) {
    if (auto removed = Remove(connection, part, change.removed); !removed) return removed;
    for (const IdRange& range : change.written)
      written.push_back(fmt::format("({},{},{},FROM_UNIXTIME({}/1000),FROM_UNIXTIME({}/1000))",
                                    part, range.first, range.last, Milliseconds(range.begun_at),
                                    Milliseconds(range.finished_at)));
  }
  for (std::size_t i = 0; i < written.size(); i += kRangesAtOnce) {
    const auto rows = std::span(written).subspan(i, std::min(kRangesAtOnce, written.size() - i));
    auto inserted = connection.Execute(fmt::format(
        "INSERT INTO processed_ranges (part, first_id, last_id, begun_at, finished_at) VALUES {} "
        "ON DUPLICATE KEY UPDATE last_id = VALUES(last_id), begun_at = VALUES(begun_at),"
        " finished_at = VALUES(finished_at)",
        fmt::join(rows, ",")));
    if (!inserted) return Context("writing the ledger", inserted.error());
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
