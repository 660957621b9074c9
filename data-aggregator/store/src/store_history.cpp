#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/text.h"
#include "data_aggregator/mysql_sample_store.h"
#include "history_row.h"
#include "mysql/transact.h"
#include "quarantine.h"
#include "rows_writer.h"

namespace mon::data_aggregator {
namespace {

using mysql::Value;

struct Prepared {
  const ItemValue* value;
  HistoryRow row;
};

/// A value that has no row.
struct Unfit {
  const ItemValue* value;
  std::string reason;
};

auto KeyOf(const ItemValue& value) { return std::tuple(value.itemid, value.clock, value.ns); }

/// Sorted by key, which is what the server's tree likes, each key once (the last given).
std::vector<Prepared> Prepare(std::span<const ItemValue> values, std::vector<Unfit>& unfit) {
  std::vector<const ItemValue*> ordered;
  ordered.reserve(values.size());
  for (const ItemValue& value : values) ordered.push_back(&value);
  const auto key = [](const ItemValue* value) { return KeyOf(*value); };
  if (!std::ranges::is_sorted(ordered, {}, key)) {
    // Of one key by where they lie in `values`, so that no sort has to keep their order.
    std::ranges::sort(ordered, {},
                      [&](const ItemValue* value) { return std::pair(key(value), value); });
  }
  std::vector<Prepared> prepared;
  prepared.reserve(values.size());
  for (const ItemValue* value : ordered) {
    auto row = MakeHistoryRow(*value);
    if (!row) {
      unfit.push_back({value, row.error()});
    } else if (!prepared.empty() && key(prepared.back().value) == key(value)) {
      prepared.back() = {value, std::move(*row)};
    } else {
      prepared.push_back({value, std::move(*row)});
    }
  }
  return prepared;
}

Result<void> QuarantineUnfit(mysql::Connection& connection, std::span<const Unfit> unfit,
                             StoreResult& result) {
  static constexpr std::array<std::string_view, 5> kColumns = {"itemid", "clock", "ns",
                                                               "value_type", "text"};
  for (const auto& [value, reason] : unfit) {
    const std::array<Value, 5> row = {value->itemid, value->clock, std::uint64_t{value->ns},
                                      static_cast<std::int64_t>(value->value_type), value->text};
    auto kept =
        Quarantine(connection, {"zabbix_history",
                                fmt::format("{}/{}/{}", value->itemid, value->clock, value->ns),
                                reason, RowText(kColumns, row)});
    if (!kept) return kept;
    ++result.refused[reason];
  }
  return {};
}

/// Most values are numbers that need no other column than `value`, and each parameter less of a
/// statement is time that the server saves.
bool IsPlain(const Prepared& p) { return p.row.number && !p.row.integer && !p.row.text; }

RowSet PlainRows(std::span<const Prepared> prepared) {
  RowSet rows{.table = "zabbix_history",
              .columns = {"itemid", "clock", "ns", "value"},
              .key = {0, 1, 2},
              .tail =
                  "ON DUPLICATE KEY UPDATE value = VALUES(value),"
                  " value_uint = NULL, value_text = NULL",
              .ids = mysql::NewIds::kNone};
  rows.values.reserve(prepared.size() * rows.columns.size());
  for (const Prepared& p : prepared) {
    if (!IsPlain(p)) continue;
    rows.values.emplace_back(p.value->itemid);
    rows.values.emplace_back(p.value->clock);
    rows.values.emplace_back(std::uint64_t{p.value->ns});
    rows.values.emplace_back(*p.row.number);
  }
  return rows;
}

/// NULL where there is none.
template <typename T>
void Append(std::vector<Value>& values, const std::optional<T>& value) {
  value ? values.emplace_back(*value) : values.emplace_back();
}

RowSet OtherRows(std::span<const Prepared> prepared) {
  RowSet rows{.table = "zabbix_history",
              .columns = {"itemid", "clock", "ns", "value", "value_uint", "value_text"},
              .key = {0, 1, 2},
              .tail =
                  "ON DUPLICATE KEY UPDATE value = VALUES(value),"
                  " value_uint = VALUES(value_uint), value_text = VALUES(value_text)",
              .ids = mysql::NewIds::kNone};
  for (const Prepared& p : prepared) {
    if (IsPlain(p)) continue;
    rows.values.emplace_back(p.value->itemid);
    rows.values.emplace_back(p.value->clock);
    rows.values.emplace_back(std::uint64_t{p.value->ns});
    Append(rows.values, p.row.number);
    Append(rows.values, p.row.integer);
    Append(rows.values, p.row.text);
  }
  return rows;
}

constexpr std::size_t kItemsAtOnce = 500;  // of 1,000 and more MariaDB makes a join

/// The newest value of each item in `sorted`, which is the last of its run.
std::vector<const ItemValue*> NewestOfEach(std::span<const Prepared> sorted) {
  std::vector<const ItemValue*> newest;
  for (const Prepared& p : sorted) {
    if (!newest.empty() && newest.back()->itemid == p.value->itemid) {
      newest.back() = p.value;
    } else {
      newest.push_back(p.value);
    }
  }
  return newest;
}

std::pair<std::int64_t, std::int64_t> TimeOf(const ItemValue& value) {
  return {value.clock, std::int64_t{value.ns}};
}

/// The newest value of an item, and the row of zabbix_items that it may go to.
struct Newest {
  std::int64_t id;
  const ItemValue* value;
};

/// Looks up the rows of up to `kItemsAtOnce` items. More than one only in a table without a unique
/// key.
Result<void> LookUpRows(mysql::Connection& connection, std::span<const ItemValue* const> newest,
                        std::vector<Newest>& rows) {
  std::string itemids;  // as text: a parameter each costs more than reading them
  for (const ItemValue* value : newest)
    itemids += fmt::format("{}'{}'", itemids.empty() ? "" : ",", value->itemid);
  return connection.Read(
      fmt::format("SELECT id, itemid FROM zabbix_items WHERE itemid IN ({})", itemids), {},
      [&](const mysql::Row& row) {
        const auto itemid = ParseUint(row.Text(1));
        const auto found =
            std::ranges::lower_bound(newest, itemid.value_or(0), {}, &ItemValue::itemid);
        if (found != newest.end() && (*found)->itemid == itemid)
          rows.push_back({row.Int(0), *found});
      });
}

/// Those whose item has no second row.
std::vector<Newest> WithOneRow(std::vector<Newest> rows) {
  const auto item = [](const Newest& row) { return row.value->itemid; };
  std::ranges::sort(rows, {}, item);
  std::vector<Newest> single;
  for (auto row = rows.begin(); row != rows.end();) {
    const auto next = std::find_if(row, rows.end(),
                                   [&](const Newest& other) { return item(other) != item(*row); });
    if (next - row == 1) single.push_back(*row);
    row = next;
  }
  return single;
}

/// Writes what is newer than its row. Rows are known by their id, so that no new one is counted up;
/// which value is newer the server sees, so that no row has to be read and locked before.
Result<void> WriteNewest(mysql::Connection& connection, std::vector<Newest> newest,
                         StoreResult& result) {
  constexpr std::string_view kNewer =
      "lastclock IS NULL OR lastclock < VALUES(lastclock) OR"
      " (lastclock = VALUES(lastclock) AND (lastns IS NULL OR lastns < VALUES(lastns)))";
  // Columns are set one after the other: lastclock last, which all others look at.
  RowSet updates{.table = "zabbix_items",
                 .columns = {"id", "itemid", "lastvalue", "lastclock", "lastns"},
                 .key = {1, 3, 4},
                 .tail = fmt::format(
                     "ON DUPLICATE KEY UPDATE lastvalue = IF({0}, VALUES(lastvalue), lastvalue),"
                     " recorded_at = IF({0}, CURRENT_TIMESTAMP, recorded_at),"
                     " lastns = IF({0}, VALUES(lastns), lastns),"
                     " lastclock = GREATEST(COALESCE(lastclock, 0), VALUES(lastclock))",
                     kNewer),
                 .ids = mysql::NewIds::kNone};
  std::ranges::sort(newest, {}, &Newest::id);  // all writers take locks in this order
  updates.values.reserve(newest.size() * updates.columns.size());
  for (const auto& [id, value] : newest) {
    updates.values.emplace_back(id);
    updates.values.emplace_back(std::to_string(value->itemid));
    updates.values.emplace_back(value->text);
    updates.values.emplace_back(value->clock);
    updates.values.emplace_back(std::uint64_t{value->ns});
  }
  const auto written = WriteRows(connection, updates, result);
  if (!written) return std::unexpected(written.error());
  return {};
}

}  // namespace

Result<StoreResult> MysqlSampleStore::StoreHistory(std::span<const ItemValue> values) {
  if (values.empty()) return StoreResult{};
  std::vector<Unfit> unfit;
  std::vector<Prepared> prepared = Prepare(values, unfit);
  const auto known_values = std::erase_if(
      prepared, [this](const Prepared& p) { return memory_.values.Contains(*p.value); });
  StoreResult none;
  none.unchanged = known_values;
  if (prepared.empty() && unfit.empty()) return none;
  const std::array history = {PlainRows(prepared), OtherRows(prepared)};
  std::vector<Newest> known;
  std::vector<const ItemValue*> others;  // in a row that StoreItems has not seen
  for (const ItemValue* value : NewestOfEach(prepared)) {
    const auto row = memory_.items.find(value->itemid);
    if (row == memory_.items.end())
      others.push_back(value);
    else if (row->second.newest < TimeOf(*value))
      known.push_back({row->second.id, value});
  }
  std::vector<Newest> looked_up;
  auto stored = Transact(connection_, lease_, [&]() -> Result<StoreResult> {
    StoreResult result = none;
    for (const RowSet& rows : history) {
      const auto affected = WriteRows(connection_, rows, result);
      if (!affected) return std::unexpected(affected.error());
      result.inserted += *affected;
    }
    result.inserted = std::min(result.inserted, prepared.size());
    const std::size_t refused = result.Refused();
    result.unchanged +=
        prepared.size() - refused - std::min(result.inserted, prepared.size() - refused);
    looked_up.clear();
    for (std::size_t i = 0; i < others.size(); i += kItemsAtOnce) {
      const auto some = std::span(others).subspan(i, std::min(kItemsAtOnce, others.size() - i));
      if (auto found = LookUpRows(connection_, some, looked_up); !found)
        return std::unexpected(found.error());
    }
    std::vector<Newest> newest = known;
    newest.insert(newest.end(), looked_up.begin(), looked_up.end());
    if (auto written = WriteNewest(connection_, std::move(newest), result); !written)
      return std::unexpected(written.error());
    if (auto kept = QuarantineUnfit(connection_, unfit, result); !kept)
      return std::unexpected(kept.error());
    return result;
  });
  if (!stored) return stored;
  for (const auto& [id, value] : known) memory_.items[value->itemid].newest = TimeOf(*value);
  for (const auto& [id, value] : WithOneRow(std::move(looked_up)))
    memory_.items[value->itemid] = {id, TimeOf(*value)};
  for (const Prepared& p : prepared) memory_.values.Add(*p.value);
  return stored;
}

}  // namespace mon::data_aggregator
