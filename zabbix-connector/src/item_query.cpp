#include "item_query.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "common/text.h"
#include "macro_tables.h"
#include "reply_rows.h"

namespace mon::zabbix_connector {
namespace {

using Json = nlohmann::json;
using Ids = std::span<const std::uint64_t>;

/// Only what is needed: `lastvalue` of all items of a large server ends in HTTP 500.
constexpr std::array<std::string_view, 10> kItemFields = {
    "itemid", "hostid", "key_",  "name",          "value_type",
    "units",  "state",  "error", "name_resolved", "tags"};
constexpr std::array<std::string_view, 2> kTagFields = {"tag", "value"};

Json ItemOutput(const Version& version) {
  Json output = Json::array();
  for (const std::string_view field : kItemFields)
    if (field != "tags" && (field != "name_resolved" || since::ResolvedNames(version)))
      output.push_back(field);
  return output;
}

void AddTags(std::string_view lines, std::set<std::string>& tags) {
  for (std::string& tag : SplitList(lines, '\n')) tags.insert(std::move(tag));
}

std::optional<Item> ToItem(std::span<const std::string_view> row) {
  const auto itemid = ParseUint(row[0]);
  const auto hostid = ParseUint(row[1]);
  const auto type = ParseUint(row[4]);
  if (!itemid || !hostid || !type || *type > static_cast<unsigned>(ValueType::kBinary))
    return std::nullopt;
  Item item;
  item.itemid = *itemid;
  item.hostid = *hostid;
  item.key = row[2];
  item.name = row[8].empty() ? row[3] : row[8];
  item.value_type = static_cast<ValueType>(*type);
  item.units = row[5];
  item.state = row[6] == "1" ? 1 : 0;
  item.error = row[7];
  AddTags(row[9], item.tags);
  return item;
}

}  // namespace

/// Calls item.get for a part of `ids` at a time and gives each reply to `take`.
template <typename Take>
Result<void> ItemQueries::InChunks(Ids ids, ChunkSize& size, const char* ids_name,
                                   const std::string& other_params, const Take& take,
                                   std::stop_token stop) {
  while (!ids.empty()) {
    const std::size_t count = std::min(size.Value(), ids.size());
    Json params = Json::parse(other_params);
    params[ids_name] = IdList(ids.first(count));
    const Call call = {"item.get", ToText(params)};
    const Outcome outcome = std::move(session_.CallAll({&call, 1}, stop).front());
    if (!outcome.body && outcome.ask_less && count > 1) {
      size.Shrink(count);
      continue;
    }
    if (!outcome.body) return std::unexpected(outcome.body.error());
    if (auto taken = take(*outcome.body); !taken) return Context("zabbix item.get", taken.error());
    size.Grow(count);
    ids = ids.subspan(count);
  }
  return {};
}

Result<std::vector<Item>> ItemQueries::Read(Ids ids, ChunkSize& size, const char* ids_name,
                                            const std::string& other_params, std::stop_token stop) {
  std::vector<Item> items;
  const auto take = [&](const std::string& body) {
    return ReadRows(body, kItemFields, [&](std::span<const std::string_view> row) {
      auto item = ToItem(row);
      if (item) items.push_back(std::move(*item));
      return item.has_value();
    });
  };
  if (auto read = InChunks(ids, size, ids_name, other_params, take, stop); !read)
    return std::unexpected(std::move(read.error()));
  std::ranges::sort(items, {}, &Item::itemid);
  if (auto named = NameHosts(items, stop); !named) return std::unexpected(std::move(named.error()));
  if (auto resolved = ResolveNames(items, stop); !resolved)
    return std::unexpected(std::move(resolved.error()));
  return items;
}

Result<std::vector<Item>> ItemQueries::List(const ItemQuery& query, std::stop_token stop) {
  if (query.hostids.empty()) return std::vector<Item>{};
  const auto version = session_.ServerVersion(stop);
  if (!version) return std::unexpected(version.error());
  const Json types = query.numeric_only ? Json{0, 3} : Json{0, 1, 2, 3, 4};
  Json params = {
      {"output", ItemOutput(*version)}, {"monitored", true}, {"filter", {{"value_type", types}}}};
  if (since::ItemTags(*version)) params["selectTags"] = kTagFields;
  auto items = Read(query.hostids, hosts_, "hostids", ToText(params), stop);
  if (!items) return items;
  if (auto tagged = AddHostTags(query.hostids, *items, std::move(stop)); !tagged)
    return std::unexpected(std::move(tagged.error()));
  return items;
}

Result<std::vector<Item>> ItemQueries::Find(Ids itemids, std::stop_token stop) {
  const auto version = session_.ServerVersion(stop);
  if (!version) return std::unexpected(version.error());
  const Json params = {{"output", ItemOutput(*version)}, {"webitems", true}};
  return Read(itemids, items_, "itemids", ToText(params), std::move(stop));
}

Result<std::vector<LastValue>> ItemQueries::LastValues(Ids itemids, std::stop_token stop) {
  constexpr std::array<std::string_view, 3> kFields = {"itemid", "lastclock", "lastvalue"};
  std::vector<LastValue> values;
  const auto take = [&](const std::string& body) {
    return ReadRows(body, kFields, [&](std::span<const std::string_view> row) {
      const auto itemid = ParseUint(row[0]);
      const auto clock = ParseInt(row[1]);
      // Zero stands for "no value known", and so does the value beside it.
      if (itemid && clock && *clock > 0) values.push_back({*itemid, *clock, std::string(row[2])});
      return itemid && clock;
    });
  };
  const Json params = {{"output", kFields}, {"webitems", true}};
  if (auto read = InChunks(itemids, last_values_, "itemids", ToText(params), take, std::move(stop));
      !read)
    return std::unexpected(std::move(read.error()));
  std::ranges::sort(values, {}, &LastValue::itemid);
  return values;
}

void ItemQueries::Remember(std::span<const ZabbixHost> hosts) {
  for (const ZabbixHost& host : hosts) host_names_[host.hostid] = host.host;
}

Result<void> ItemQueries::NameHosts(std::vector<Item>& items, std::stop_token stop) {
  std::set<std::uint64_t> nameless;
  for (const Item& item : items)
    if (!host_names_.contains(item.hostid)) nameless.insert(item.hostid);
  if (!nameless.empty()) {
    constexpr std::array<std::string_view, 2> kFields = {"hostid", "host"};
    const std::vector<std::uint64_t> hostids(nameless.begin(), nameless.end());
    const Json params = {{"output", kFields}, {"hostids", IdList(hostids)}};
    const auto body = session_.CallOne({"host.get", ToText(params)}, std::move(stop));
    if (!body) return std::unexpected(body.error());
    const auto read = ReadRows(*body, kFields, [&](std::span<const std::string_view> row) {
      const auto hostid = ParseUint(row[0]);
      if (hostid) host_names_[*hostid] = row[1];
      return hostid.has_value();
    });
    if (!read) return Context("zabbix host.get", read.error());
  }
  for (Item& item : items) item.host = host_names_[item.hostid];
  return {};
}

/// A host has its own tags and those of its templates, and its items have them, too.
Result<void> ItemQueries::AddHostTags(Ids hostids, std::vector<Item>& items, std::stop_token stop) {
  constexpr std::array<std::string_view, 3> kFields = {"hostid", "tags", "inheritedTags"};
  const Json params = {{"output", Json::array({"hostid"})},
                       {"hostids", IdList(hostids)},
                       {"selectTags", kTagFields},
                       {"selectInheritedTags", kTagFields}};
  const auto body = session_.CallOne({"host.get", ToText(params)}, std::move(stop));
  if (!body) return std::unexpected(body.error());
  std::map<std::uint64_t, std::set<std::string>> tags;
  const auto read = ReadRows(*body, kFields, [&](std::span<const std::string_view> row) {
    const auto hostid = ParseUint(row[0]);
    if (hostid) AddTags(row[1], tags[*hostid]);
    if (hostid) AddTags(row[2], tags[*hostid]);
    return hostid.has_value();
  });
  if (!read) return Context("zabbix host.get", read.error());
  for (Item& item : items) item.tags.insert(tags[item.hostid].begin(), tags[item.hostid].end());
  return {};
}

Result<void> ItemQueries::ResolveNames(std::vector<Item>& items, std::stop_token stop) {
  const auto version = session_.ServerVersion(stop);
  if (!version) return std::unexpected(version.error());
  if (since::ResolvedNames(*version)) return {};  // the server has done it
  std::set<std::uint64_t> hostids;
  for (Item& item : items) {
    if (!since::NoPositionalNames(*version)) item.name = ResolvePositions(item.name, item.key);
    if (HasUserMacro(item.name)) hostids.insert(item.hostid);
  }
  if (hostids.empty()) return {};
  const std::vector<std::uint64_t> ids(hostids.begin(), hostids.end());
  const auto tables = MacroTables::Read(session_, ids, std::move(stop));
  if (!tables) {
    // An account that may not read macros still reads values; their names then stay as written.
    if (tables.error().code == ErrorCode::kRejected) return {};
    return std::unexpected(tables.error());
  }
  for (Item& item : items)
    if (HasUserMacro(item.name)) item.name = tables->Resolve(item.name, item.hostid);
  return {};
}

}  // namespace mon::zabbix_connector
