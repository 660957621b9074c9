#include "ledger_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace mon::processor {
namespace {

TimePoint FromMilliseconds(std::int64_t value) {
  return TimePoint(std::chrono::milliseconds(value));
}

std::int64_t Milliseconds(TimePoint t) { return t.time_since_epoch().count(); }

constexpr std::int64_t kIdsAtOnce = 100'000;  // looked at in some hundredths of a second
constexpr std::size_t kRangesAtOnce = 1000;

Result<std::int64_t> OneNumber(mysql::Connection& connection, const std::string& sql) {
  auto rows = connection.Query(sql);
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Int(0) : 0;
}

/// The ids in `span` of rows that were recorded before `read_from`, in milliseconds. Where none is
/// missing between them, which is the rule, the server counts them and sends none.
Result<std::vector<IdSpan>> RunsOfOld(mysql::Connection& connection, const IdSpan& span,
                                      std::int64_t read_from) {
  const auto rows_of = fmt::format(
      "FROM hyphenmon_metrics WHERE id BETWEEN {} AND {}"
      " AND (recorded_at IS NULL OR recorded_at < FROM_UNIXTIME({}/1000))",
      span.first, span.last, read_from);
  auto counted = connection.Query("SELECT COUNT(*), MIN(id), MAX(id) " + rows_of);
  if (!counted) return std::unexpected(counted.error());
  if (!counted->Next() || counted->Int(0) == 0) return std::vector<IdSpan>{};
  const IdSpan whole{counted->Int(1), counted->Int(2)};
  if (whole.last - whole.first + 1 == counted->Int(0)) return std::vector{whole};
  auto rows = connection.Query(fmt::format("SELECT id {} ORDER BY id", rows_of));
  if (!rows) return std::unexpected(rows.error());
  std::vector<std::int64_t> ids;
  ids.reserve(rows->Count());
  while (rows->Next()) ids.push_back(rows->Int(0));
  return Runs(ids);
}

/// A ledger for all parts is in a table of its own, which programs of older releases know.
struct Table {
  explicit Table(int part)
      : name(part == Ledgers::kWhole ? "processed_ranges" : "part_ranges"),
        column(part == Ledgers::kWhole ? "" : "part, "),
        value(part == Ledgers::kWhole ? "" : fmt::format("{}, ", part)),
        condition(part == Ledgers::kWhole ? "" : fmt::format("part = {} AND ", part)) {}

  const char* name;
  const char* column;
  std::string value;
  std::string condition;
};

Result<void> Remove(mysql::Connection& connection, const Table& table,
                    const std::vector<std::int64_t>& first_ids) {
  for (std::size_t i = 0; i < first_ids.size(); i += kRangesAtOnce) {
    const auto ids = std::span(first_ids).subspan(i, std::min(kRangesAtOnce, first_ids.size() - i));
    auto removed =
        connection.Execute(fmt::format("DELETE FROM {} WHERE {}first_id IN ({})", table.name,
                                       table.condition, fmt::join(ids, ",")));
    if (!removed) return Context("writing the ledger", removed.error());
  }
  return {};
}

std::string Values(const Table& table, const IdRange& range) {
  return fmt::format("({}{},{},FROM_UNIXTIME({}/1000),FROM_UNIXTIME({}/1000))", table.value,
                     range.first, range.last, Milliseconds(range.begun_at),
                     Milliseconds(range.finished_at));
}

/// `rows`: see Values.
Result<void> Insert(mysql::Connection& connection, const Table& table,
                    std::span<const std::string> rows) {
  for (std::size_t i = 0; i < rows.size(); i += kRangesAtOnce) {
    auto inserted = connection.Execute(fmt::format(
        "INSERT INTO {} ({}first_id, last_id, begun_at, finished_at) VALUES {} "
        "ON DUPLICATE KEY UPDATE last_id = VALUES(last_id), begun_at = VALUES(begun_at),"
        " finished_at = VALUES(finished_at)",
        table.name, table.column,
        fmt::join(rows.subspan(i, std::min(kRangesAtOnce, rows.size() - i)), ",")));
    if (!inserted) return Context("writing the ledger", inserted.error());
  }
  return {};
}

}  // namespace

Result<StoredLedgers> LoadLedgers(mysql::Connection& connection, const Parts& parts) {
  // The outer join answers with the time even where there is no ledger: one round trip for all.
  auto rows = connection.Query(fmt::format(
      "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), r.first_id, r.last_id,"
      " CAST(UNIX_TIMESTAMP(r.begun_at) * 1000 AS SIGNED),"
      " CAST(UNIX_TIMESTAMP(r.finished_at) * 1000 AS SIGNED),"
      " (SELECT MAX(id) FROM hyphenmon_metrics), r.part"
      " FROM (SELECT 1 AS one) o LEFT JOIN"
      " (SELECT {} AS part, first_id, last_id, begun_at, finished_at FROM processed_ranges"
      " UNION ALL SELECT part, first_id, last_id, begun_at, finished_at FROM part_ranges"
      " WHERE {}) r ON TRUE",
      Ledgers::kWhole, IsOneOf(parts, "part")));
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
  std::vector<std::string> of_parts;
  for (const auto& [part, change] : changes) {
    const Table table(part);
    if (auto removed = Remove(connection, table, change.removed); !removed) return removed;
    std::vector<std::string> rows;
    for (const IdRange& range : change.written) rows.push_back(Values(table, range));
    if (part != Ledgers::kWhole) {
      std::ranges::move(rows, std::back_inserter(of_parts));
    } else if (auto inserted = Insert(connection, table, rows); !inserted) {
      return inserted;
    }
  }
  return Insert(connection, Table(0), of_parts);
}

Result<Ledger> FirstLedger(mysql::Connection& connection, TimePoint now,
                           const FirstReadOptions& options,
                           const std::function<Result<void>()>& on_the_way) {
  // The lowest id that is young; below it no transaction is open any more, but for the gap right
  // beneath it, whose upper neighbour it is. It is among those that were recorded first, for an id
  // is given when its row is recorded: a day may have a hundred million of them.
  const auto young = Milliseconds(now - options.gaps_stay_open);
  auto lowest = OneNumber(
      connection,
      fmt::format(
          "SELECT COALESCE(MIN(id), {}) FROM (SELECT id FROM hyphenmon_metrics"
          " WHERE recorded_at >= FROM_UNIXTIME({}/1000) ORDER BY recorded_at LIMIT {}) first",
          Ledger::kHighestId, young, kIdsAtOnce));
  if (!lowest) return Context("first pass", lowest.error());
  // A row that has come since is young, too.
  auto settled = OneNumber(
      connection, fmt::format("SELECT id FROM hyphenmon_metrics FORCE INDEX (PRIMARY) WHERE id < {}"
                              " AND (recorded_at IS NULL OR recorded_at < FROM_UNIXTIME({}/1000))"
                              " ORDER BY id DESC LIMIT 1",
                              *lowest, young));
  if (!settled) return Context("first pass", settled.error());

  Ledger ledger;
  ledger.Add({0, std::max<std::int64_t>(*settled, 0)}, now);
  const auto read_from = Milliseconds(now - options.read_back);
  for (auto from = *lowest; from < Ledger::kHighestId;) {
    if (auto done = on_the_way(); !done) return std::unexpected(done.error());
    auto next =
        OneNumber(connection,
                  fmt::format("SELECT COALESCE(MIN(id), {}) FROM hyphenmon_metrics WHERE id >= {}",
                              Ledger::kHighestId, from));
    if (!next) return Context("first pass", next.error());
    from = std::min(*next, Ledger::kHighestId - kIdsAtOnce) + kIdsAtOnce;
    auto runs = RunsOfOld(connection, {*next, from - 1}, read_from);
    if (!runs) return Context("first pass", runs.error());
    for (const IdSpan& run : *runs) ledger.Add(run, now);
  }
  return ledger;
}

}  // namespace mon::processor
