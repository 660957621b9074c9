#include "mysql_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "common/text.h"
#include "metric_row.h"

namespace mon::processor {
namespace {

constexpr std::size_t kItemsAQuery = 500;  // of 1,000 and more MariaDB makes a join, much slower
constexpr std::size_t kLookUpsAQuery = 50;
constexpr std::int64_t kLookBack = 7 * 86'400;  // s; bounds the day partitions that are searched
constexpr std::size_t kLongestText = 1024;

/// All that rules ask for. With `value_text`, which few rows have, the server would fetch every row
/// by itself and not some at once, because the column is a BLOB to it: a quarter of its time.
constexpr const char* kNumberColumns = "itemid, clock, value";
constexpr const char* kTextColumns = "itemid, clock, value, value_uint, value_text";

void AddNumber(const mysql::Row& row, ItemValues& values) {
  values.Add(row.Int(1), row.IsNull(2) ? ItemValues::kNoNumber : row.Double(2));
}

/// `value_text` is there where Zabbix prints the number in another way than its shortest, and
/// `value_uint` where a double has not all of its digits.
void AddText(const mysql::Row& row, ItemValues& values) {
  std::string text;
  if (!row.IsNull(4)) {
    text = CleanUtf8(row.Text(4), kLongestText);
  } else if (!row.IsNull(3)) {
    text = std::to_string(row.Uint(3));
  }
  values.Add(row.Int(1), row.IsNull(2) ? ItemValues::kNoNumber : row.Double(2), text);
}

ItemPoint PointAt(const mysql::Row& row) {
  ItemValues one;
  AddText(row, one);
  return one.At(0);
}

ItemPoint NewestPoint(const RelatedItem& item) {
  ItemPoint point{item.lastclock, std::nullopt, item.lastvalue};
  if (auto number = ParseDouble(Trim(item.lastvalue)); number && std::isfinite(*number)) {
    point.number = *number;
  }
  return point;
}

/// Calls `query` for parts of `items` and gives each row of the answers to `take`, with the
/// position of its item.
template <typename Query, typename Take>
Result<void> ForParts(mysql::Connection& connection, std::span<const RelatedItem* const> items,
                      std::size_t part_size, Query query, Take take) {
  std::map<std::uint64_t, std::size_t> position;
  for (std::size_t i = 0; i < items.size(); ++i) position[items[i]->itemid] = i;
  auto at = position.end();  // rows of one item come one after another
  const auto take_row = [&](const mysql::Row& row) {
    const std::uint64_t itemid = row.Uint(0);
    if (at == position.end() || at->first != itemid) at = position.find(itemid);
    if (at != position.end()) take(at->second, row);
  };
  for (std::size_t from = 0; from < items.size(); from += part_size) {
    const auto part = items.subspan(from, std::min(part_size, items.size() - from));
    auto read = connection.Read(query(part), {}, take_row);
    if (!read) return Context("reading zabbix_history", read.error());
  }
  return {};
}

/// One SELECT for each item, in one statement: each is a single step in the primary key.
std::string ForEachItem(std::span<const RelatedItem* const> items, std::string_view head,
                        std::string_view tail) {
  std::string sql;
  for (const auto* item : items) {
    sql += fmt::format("{}({} WHERE itemid = {} {})", sql.empty() ? "" : " UNION ALL ", head,
                       item->itemid, tail);
  }
  return sql;
}

/// The values of each of `items`; `add` puts a row of `columns` to them.
template <typename Add>
Result<std::vector<ItemValues>> ReadHistory(mysql::Connection& connection,
                                            std::span<const RelatedItem* const> items,
                                            std::int64_t from, std::int64_t to,
                                            std::string_view columns, Add add) {
  std::vector<ItemValues> series(items.size());
  std::size_t before = 0;  // the item that came before mostly has about as many
  auto read = ForParts(
      connection, items, kItemsAQuery,
      [&](auto part) {
        std::string list;
        for (const auto* item : part) {
          list += fmt::format("{}{}", list.empty() ? "" : ",", item->itemid);
        }
        return fmt::format(
            "SELECT {} FROM zabbix_history WHERE itemid IN ({}) AND clock BETWEEN {} AND {}"
            " ORDER BY itemid, clock, ns",
            columns, list, from, to);
      },
      [&](std::size_t at, const mysql::Row& row) {
        if (series[at].Empty()) series[at].Reserve(series[std::exchange(before, at)].Size());
        add(row, series[at]);
      });
  if (!read) return std::unexpected(read.error());
  return series;
}

}  // namespace

Result<void> MysqlItems::LoadHosts() {
  if (hosts_loaded_) return {};
  auto hosts = connection_->Query("SELECT hostid, host, read_until FROM zabbix_hosts");
  if (!hosts) return Context("reading zabbix_hosts", hosts.error());
  while (hosts->Next()) hosts_[hosts->Uint(0)] = {hosts->Text(1), hosts->Int(2)};
  auto related = connection_->Query("SELECT application, hostid FROM application_hosts");
  if (!related) return Context("reading application_hosts", related.error());
  while (related->Next()) application_hosts_[related->Text(0)].push_back(related->Uint(1));
  hosts_loaded_ = true;
  return {};
}

/// nullopt: every host.
std::optional<MysqlItems::HostIds> MysqlItems::HostsOf(const std::string& application) const {
  if (auto found = application_hosts_.find(application); found != application_hosts_.end()) {
    return found->second;
  }
  const auto configured =
      std::ranges::find(config_->applications, application, &ApplicationConfig::name);
  std::vector<std::uint64_t> hosts;
  if (configured == config_->applications.end() || !configured->hosts_configured) {
    if (application == kDefaultApplication) return std::nullopt;
    return hosts;
  }
  // Groups and tags are known to the aggregator alone.
  for (const auto& wanted : configured->zabbix_hosts) AddHostsCalled(wanted, hosts);
  return hosts;
}

void MysqlItems::AddHostsCalled(const std::string& wanted, HostIds& hosts) const {
  if (auto id = ParseUint(wanted)) hosts.push_back(*id);
  for (const auto& [hostid, host] : hosts_) {
    if (host.name == wanted) hosts.push_back(hostid);
  }
}

/// nullopt: of every host.
Result<std::vector<RelatedItem>> MysqlItems::LoadItems(const std::optional<HostIds>& hosts) {
  std::string where = "itemid IS NOT NULL";
  if (hosts) {
    if (hosts->empty()) return std::vector<RelatedItem>{};
    std::string list;  // as text: the column is VARCHAR, and a number would not use its index
    for (const auto host : *hosts) list += fmt::format("{}'{}'", list.empty() ? "" : ",", host);
    where += fmt::format(" AND hostid IN ({})", list);
  }
  auto rows = connection_->Query(
      "SELECT itemid, hostid, item_key, name, units, value_type, state, lastclock, lastvalue, tags"
      " FROM zabbix_items WHERE " +
      where);
  if (!rows) return Context("reading zabbix_items", rows.error());
  std::vector<RelatedItem> items;
  items.reserve(rows->Count());
  while (rows->Next()) {
    // An itemid that is no number cannot be one of Zabbix's.
    const auto itemid = ParseUint(Trim(rows->Text(0)));
    if (!itemid) continue;
    RelatedItem item;
    item.itemid = *itemid;
    item.host = rows->Text(1);
    item.hostid = ParseUint(Trim(item.host)).value_or(0);
    if (auto host = hosts_.find(item.hostid); host != hosts_.end()) item.host = host->second.name;
    item.key = rows->Text(2);
    item.name = rows->Text(3);
    item.units = rows->Text(4);
    item.value_type = static_cast<int>(rows->Int(5));
    item.vanished = rows->Int(6) == 2;
    item.lastclock = rows->IsNull(8) ? 0 : rows->Int(7);
    item.lastvalue = CleanUtf8(rows->Text(8), kLongestText);
    item.tags = rows->Text(9);
    items.push_back(std::move(item));
  }
  std::ranges::sort(items, {}, [](const RelatedItem& item) {
    return std::tie(item.host, item.hostid, item.key, item.itemid);
  });
  return items;
}

Result<void> MysqlItems::Expect(std::span<const std::string> applications) {
  if (auto loaded = LoadHosts(); !loaded) return loaded;
  std::multimap<std::uint64_t, const std::string*> by_host;
  HostIds hosts;
  for (const auto& application : applications) {
    if (related_.contains(application)) continue;
    const auto of_application = HostsOf(application);
    if (!of_application) continue;  // every host: Related reads them
    related_[application];
    for (const auto host : std::set(of_application->begin(), of_application->end())) {
      by_host.emplace(host, &application);
      hosts.push_back(host);
    }
  }
  auto items = LoadItems(hosts);
  if (!items) return std::unexpected(items.error());
  for (const RelatedItem& item : *items) {  // in the order in which each of them has them
    const auto [first, last] = by_host.equal_range(item.hostid);
    for (auto at = first; at != last; ++at) related_[*at->second].push_back(item);
  }
  return {};
}

Result<std::span<const RelatedItem>> MysqlItems::Related(const std::string& application) {
  auto found = related_.find(application);
  if (found == related_.end()) {
    if (auto loaded = LoadHosts(); !loaded) return std::unexpected(loaded.error());
    auto items = LoadItems(HostsOf(application));
    if (!items) return std::unexpected(items.error());
    found = related_.emplace(application, std::move(*items)).first;
  }
  return std::span<const RelatedItem>(found->second);
}

Result<std::vector<RelatedItem>> MysqlItems::OnHost(const std::string& /*application*/,
                                                    const std::string& host) {
  auto found = on_host_.find(host);
  if (found == on_host_.end()) {
    if (auto loaded = LoadHosts(); !loaded) return std::unexpected(loaded.error());
    HostIds hosts;
    AddHostsCalled(host, hosts);
    auto items = LoadItems(hosts);
    if (!items) return std::unexpected(items.error());
    found = on_host_.emplace(host, std::move(*items)).first;
  }
  return found->second;
}

Result<std::vector<std::optional<std::int64_t>>> MysqlItems::Spacings(
    std::span<const RelatedItem* const> items) {
  std::vector<const RelatedItem*> unknown;
  std::ranges::copy_if(items, std::back_inserter(unknown),
                       [&](const RelatedItem* item) { return !spacings_.contains(item->itemid); });
  if (auto loaded = LoadSpacings(unknown); !loaded) return std::unexpected(loaded.error());
  std::vector<std::optional<std::int64_t>> spacings;
  for (const auto* item : items) spacings.push_back(spacings_[item->itemid]);
  return spacings;
}

Result<void> MysqlItems::LoadSpacings(std::span<const RelatedItem* const> items) {
  std::vector<std::vector<std::int64_t>> clocks(items.size());
  auto read = ForParts(
      *connection_, items, kLookUpsAQuery,
      [&](auto part) {
        const auto* oldest = *std::ranges::min_element(part, {}, &RelatedItem::lastclock);
        return ForEachItem(part, "SELECT itemid, clock FROM zabbix_history",
                           fmt::format("AND clock >= {} ORDER BY clock DESC, ns DESC LIMIT {}",
                                       oldest->lastclock - kSpacingLookBack, kSpacingValues));
      },
      [&](std::size_t at, const mysql::Row& row) { clocks[at].push_back(row.Int(1)); });
  if (!read) return read;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::ranges::sort(clocks[i]);
    spacings_[items[i]->itemid] = MedianSpacing(clocks[i]);
  }
  return {};
}

/// Finds out which of `items` have any row in zabbix_history.
Result<void> MysqlItems::LookForHistory(std::span<const RelatedItem* const> items) {
  std::vector<const RelatedItem*> unknown;
  for (const auto* item : items) {
    if (has_history_.try_emplace(item->itemid, false).second) unknown.push_back(item);
  }
  return ForParts(
      *connection_, unknown, kLookUpsAQuery,
      [](auto part) { return ForEachItem(part, "SELECT itemid FROM zabbix_history", "LIMIT 1"); },
      [&](std::size_t at, const mysql::Row&) { has_history_[unknown[at]->itemid] = true; });
}

Result<std::vector<ItemValues>> MysqlItems::Series(std::span<const RelatedItem* const> items,
                                                   std::int64_t from, std::int64_t to) {
  return WithNewest(items, from, to,
                    ReadHistory(*connection_, items, from, to, kNumberColumns, AddNumber));
}

Result<std::vector<ItemValues>> MysqlItems::SeriesWithTexts(
    std::span<const RelatedItem* const> items, std::int64_t from, std::int64_t to) {
  return WithNewest(items, from, to,
                    ReadHistory(*connection_, items, from, to, kTextColumns, AddText));
}

/// Adds the newest value of items that have no history at all.
Result<std::vector<ItemValues>> MysqlItems::WithNewest(std::span<const RelatedItem* const> items,
                                                       std::int64_t from, std::int64_t to,
                                                       Result<std::vector<ItemValues>> series) {
  if (!series) return series;
  const auto lacks = [&](std::size_t i) {
    const auto clock = items[i]->lastclock;
    return (*series)[i].Empty() && clock > 0 && clock >= from && clock <= to;
  };
  std::vector<const RelatedItem*> without;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (lacks(i)) without.push_back(items[i]);
  }
  if (auto looked = LookForHistory(without); !looked) return std::unexpected(looked.error());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (lacks(i) && !has_history_.at(items[i]->itemid)) (*series)[i].Add(NewestPoint(*items[i]));
  }
  return series;
}

Result<std::vector<std::optional<ItemPoint>>> MysqlItems::LastBefore(
    std::span<const RelatedItem* const> items, std::int64_t before) {
  std::vector<std::optional<ItemPoint>> last(items.size());
  auto read = ForParts(
      *connection_, items, kLookUpsAQuery,
      [&](auto part) {
        return ForEachItem(
            part, fmt::format("SELECT {} FROM zabbix_history", kTextColumns),
            fmt::format("AND clock < {} AND clock >= {} ORDER BY clock DESC, ns DESC LIMIT 1",
                        before, before - kLookBack));
      },
      [&](std::size_t at, const mysql::Row& row) { last[at] = PointAt(row); });
  if (!read) return std::unexpected(read.error());
  // The newest value of an item without history, or of one that has been silent for long.
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto clock = items[i]->lastclock;
    if (!last[i] && clock > 0 && clock < before) last[i] = NewestPoint(*items[i]);
  }
  return last;
}

Result<bool> MysqlItems::HaveHistory(std::span<const RelatedItem* const> items) {
  if (auto looked = LookForHistory(items); !looked) return std::unexpected(looked.error());
  return std::ranges::all_of(items, [&](const auto* item) { return has_history_[item->itemid]; });
}

Result<std::optional<std::int64_t>> MysqlItems::ReadUntil(std::uint64_t hostid) {
  if (auto loaded = LoadHosts(); !loaded) return std::unexpected(loaded.error());
  auto found = hosts_.find(hostid);
  if (found == hosts_.end() || found->second.read_until == 0) return std::nullopt;
  return found->second.read_until;
}

}  // namespace mon::processor
