#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data_aggregator/mysql_sample_store.h"
#include "mysql/transact.h"
#include "rows_writer.h"
#include "text_columns.h"

namespace mon::data_aggregator {
namespace {

using mysql::Value;

constexpr std::size_t kAtOnce = 1000;
constexpr int kVanished = 2;
constexpr std::size_t kLongestTags = 8192;  // characters, of a TEXT

/// The columns that describe an item, as they are stored.
struct Description {
  std::string itemid;
  std::string name;
  std::string hostid;
  std::string key;
  std::string units;
  std::int64_t value_type = 0;
  std::int64_t state = 0;
  std::string error;
  std::string tags;  ///< a line each
  bool operator==(const Description&) const = default;
};

Description Describe(const Item& item) {
  return {std::to_string(item.itemid),
          CutToCharacters(item.name, 255),
          std::to_string(item.hostid),
          CutToCharacters(item.key, 2048),
          CutToCharacters(item.units, 255),
          static_cast<std::int64_t>(item.value_type),
          item.state,
          CutToCharacters(item.error, 2048),
          CutToCharacters(fmt::format("{}", fmt::join(item.tags, "\n")), kLongestTags)};
}

struct Known {
  std::vector<std::int64_t> ids;  ///< more than one only in a table without a unique key
  Description description;        ///< of the last of them
  std::pair<std::int64_t, std::int64_t> newest;  ///< likewise, lastclock and lastns; -1: none
};

/// Rows of zabbix_items by itemid, from a query that ends with `condition`.
Result<void> Read(mysql::Connection& connection, const char* column, std::span<const Value> in,
                  std::map<std::string, Known>& known) {
  for (std::size_t i = 0; i < in.size(); i += kAtOnce) {
    const auto some = in.subspan(i, std::min(kAtOnce, in.size() - i));
    auto rows = connection.Query(
        fmt::format("SELECT id, itemid, name, hostid, item_key, units, value_type, state, error,"
                    " tags, lastclock, lastns FROM zabbix_items WHERE {} IN {}",
                    column, Placeholders(some.size())),
        some);
    if (!rows) return std::unexpected(rows.error());
    while (rows->Next()) {
      if (rows->IsNull(1)) continue;
      Known& one = known[rows->Text(1)];
      one.ids.push_back(rows->Int(0));
      one.description = {rows->Text(1), rows->Text(2), rows->Text(3),
                         rows->Text(4), rows->Text(5), rows->IsNull(6) ? -1 : rows->Int(6),
                         rows->Int(7),  rows->Text(8), rows->Text(9)};
      one.newest = {rows->IsNull(10) ? -1 : rows->Int(10), rows->IsNull(11) ? -1 : rows->Int(11)};
    }
  }
  return {};
}

/// What is stored about the items of these hosts, and about items that were under another host.
Result<std::map<std::string, Known>> ReadKnown(mysql::Connection& connection,
                                               std::span<const Description> items,
                                               std::span<const std::uint64_t> hostids) {
  std::map<std::string, Known> known;
  std::vector<Value> hosts;
  for (const std::uint64_t hostid : hostids) hosts.emplace_back(std::to_string(hostid));
  if (auto read = Read(connection, "hostid", hosts, known); !read)
    return std::unexpected(read.error());
  std::vector<Value> others;
  for (const Description& item : items)
    if (!known.contains(item.itemid)) others.emplace_back(item.itemid);
  if (auto read = Read(connection, "itemid", others, known); !read)
    return std::unexpected(read.error());
  return known;
}

void AddRow(RowSet& rows, const Value& id, const Description& item) {
  rows.values.insert(rows.values.end(),
                     {id, item.itemid, item.name, item.hostid, item.key, item.units,
                      item.value_type, item.state, item.error.empty() ? Value() : Value(item.error),
                      item.tags.empty() ? Value() : Value(item.tags)});
}

RowSet RowsOfItems(std::string tail) {
  return {.table = "zabbix_items",
          .columns = {"id", "itemid", "name", "hostid", "item_key", "units", "value_type", "state",
                      "error", "tags"},
          .key = {1},
          .tail = std::move(tail)};
}

/// Marks what is known of these hosts and is not in the list any more.
Result<void> MarkVanished(mysql::Connection& connection, const std::map<std::string, Known>& known,
                          const std::map<std::string, const Description*>& listed,
                          std::span<const std::uint64_t> hostids) {
  std::set<std::string> hosts;
  for (const std::uint64_t hostid : hostids) hosts.insert(std::to_string(hostid));
  std::vector<Value> ids;
  for (const auto& [itemid, one] : known) {
    if (listed.contains(itemid) || one.description.state == kVanished) continue;
    if (hosts.contains(one.description.hostid))
      for (const std::int64_t id : one.ids) ids.emplace_back(id);
  }
  for (std::size_t i = 0; i < ids.size(); i += kAtOnce) {
    const auto some = std::span(ids).subspan(i, std::min(kAtOnce, ids.size() - i));
    const auto done = connection.Execute(
        fmt::format("UPDATE zabbix_items SET state = {}, recorded_at = recorded_at WHERE id IN {}",
                    kVanished, Placeholders(some.size())),
        some);
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

}  // namespace

Result<StoreResult> MysqlSampleStore::StoreItems(std::span<const Item> items,
                                                 std::span<const std::uint64_t> hostids) {
  std::vector<Description> wanted;
  wanted.reserve(items.size());
  for (const Item& item : items) wanted.push_back(Describe(item));
  std::map<std::string, const Description*> listed;
  for (const Description& item : wanted) listed[item.itemid] = &item;

  return Transact(connection_, lease_, [&]() -> Result<StoreResult> {
    StoreResult result;
    const auto known = ReadKnown(connection_, wanted, hostids);
    if (!known) return std::unexpected(known.error());
    memory_.items.clear();
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto one = known->find(wanted[i].itemid);
      if (one != known->end() && one->second.ids.size() == 1)
        memory_.items[items[i].itemid] = {one->second.ids.front(), one->second.newest};
    }
    memory_.values.KeepItems(
        [this](std::uint64_t itemid) { return memory_.items.contains(itemid); });
    // A new row gets its id from the server; a known one is named by its id, so that none is used
    // up.
    RowSet fresh = RowsOfItems("");
    RowSet changed = RowsOfItems(
        "ON DUPLICATE KEY UPDATE name = VALUES(name), hostid = VALUES(hostid),"
        " item_key = VALUES(item_key), units = VALUES(units),"
        " value_type = VALUES(value_type), state = VALUES(state),"
        " error = VALUES(error), tags = VALUES(tags), recorded_at = recorded_at");
    for (const auto& [itemid, item] : listed) {
      const auto one = known->find(itemid);
      if (one == known->end()) {
        AddRow(fresh, Value(), *item);
        ++result.inserted;
      } else if (one->second.description == *item) {
        ++result.unchanged;
      } else {
        for (const std::int64_t id : one->second.ids) AddRow(changed, id, *item);
        ++result.replaced;
      }
    }
    for (const RowSet* rows : {&fresh, &changed}) {
      const std::size_t refused_before = result.Refused();
      const auto written = WriteRows(connection_, *rows, result);
      if (!written) return std::unexpected(written.error());
      (rows == &fresh ? result.inserted : result.replaced) -= result.Refused() - refused_before;
    }
    if (auto marked = MarkVanished(connection_, *known, listed, hostids); !marked)
      return std::unexpected(marked.error());
    return result;
  });
}

}  // namespace mon::data_aggregator
