#include "zabbix_connector/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "common/table.h"
#include "common/text.h"

namespace mon::zabbix_connector {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostNameBytes = 60;
constexpr std::size_t kMostValueBytes = 60;
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kDay = 86'400;

std::string Short(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  return CleanUtf8(text, most - 3) + "...";
}

/// "12 s", "5 min", "3 h", "2 d": what a person needs to see whether a value is fresh.
std::string Age(std::int64_t seconds) {
  if (seconds < 2 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{} h", seconds / kHour);
  return fmt::format("{} d", seconds / kDay);
}

const LastValue* Find(std::span<const LastValue> values, std::uint64_t itemid) {
  const auto found = std::ranges::lower_bound(values, itemid, {}, &LastValue::itemid);
  return found != values.end() && found->itemid == itemid ? &*found : nullptr;
}

std::string Lines(const Json& list) {
  std::string text = "[";
  for (const Json& entry : list) {
    text += text.size() == 1 ? "\n" : ",\n";
    text += entry.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text + (list.empty() ? "]\n" : "\n]\n");
}

}  // namespace

std::string HostTable(std::span<const HostInfo> hosts, bool on_terminal) {
  Table table({{"HOSTID", Table::Align::kRight}, {"HOST"}, {"NAME"}, {"STATE"}, {"GROUPS"}});
  for (const HostInfo& info : hosts)
    table.AddRow({std::to_string(info.host.hostid), info.host.host,
                  Short(info.host.name, kMostNameBytes), info.monitored ? "monitored" : "disabled",
                  fmt::format("{}", fmt::join(info.groups, ", "))});
  return table.Text(on_terminal);
}

std::string HostJson(std::span<const HostInfo> hosts) {
  Json list = Json::array();
  for (const HostInfo& info : hosts)
    list.push_back({{"hostid", std::to_string(info.host.hostid)},
                    {"host", info.host.host},
                    {"name", info.host.name},
                    {"status", info.monitored ? "0" : "1"},
                    {"groups", info.groups}});
  return Lines(list);
}

std::string ItemTable(std::span<const Item> items, std::span<const LastValue> values,
                      std::int64_t now, bool on_terminal) {
  Table table({{"ITEMID", Table::Align::kRight},
               {"HOST"},
               {"KEY"},
               {"NAME"},
               {"LAST VALUE", Table::Align::kRight},
               {"UNITS"},
               {"AGE", Table::Align::kRight},
               {"STATE"}});
  for (const Item& item : items) {
    const LastValue* last = Find(values, item.itemid);
    table.AddRow({std::to_string(item.itemid), item.host, item.key,
                  Short(item.name, kMostNameBytes),
                  last != nullptr ? Short(last->text, kMostValueBytes) : "unknown", item.units,
                  last != nullptr ? Age(now - last->clock) : "",
                  item.state == 0 ? "ok" : "not supported: " + item.error});
  }
  return table.Text(on_terminal);
}

std::string ItemJson(std::span<const Item> items, std::span<const LastValue> values) {
  Json list = Json::array();
  for (const Item& item : items) {
    const LastValue* last = Find(values, item.itemid);
    list.push_back({{"itemid", std::to_string(item.itemid)},
                    {"hostid", std::to_string(item.hostid)},
                    {"host", item.host},
                    {"key_", item.key},
                    {"name", item.name},
                    {"value_type", std::to_string(static_cast<int>(item.value_type))},
                    {"units", item.units},
                    {"state", std::to_string(item.state)},
                    {"error", item.error},
                    {"lastclock", last != nullptr ? Json(std::to_string(last->clock)) : Json()},
                    {"lastvalue", last != nullptr ? Json(last->text) : Json()}});
  }
  return Lines(list);
}

std::string HistoryTable(std::span<const ItemValue> values, std::span<const Item> items,
                         bool on_terminal) {
  std::map<std::uint64_t, std::string> keys;
  for (const Item& item : items) keys[item.itemid] = item.key;
  const bool several = items.size() > 1;
  std::vector<Table::Column> columns = {{"TIME (UTC)"}, {"VALUE", Table::Align::kRight}};
  if (several) columns.insert(columns.begin(), {{"ITEMID", Table::Align::kRight}, {"KEY"}});
  Table table(columns);
  for (const ItemValue& value : values) {
    std::vector<std::string> cells = {fmt::format("{}.{:09}", FormatUtc(value.clock), value.ns),
                                      value.text};
    if (several) cells.insert(cells.begin(), {std::to_string(value.itemid), keys[value.itemid]});
    table.AddRow(std::move(cells));
  }
  return table.Text(on_terminal);
}

std::string HistoryJson(std::span<const ItemValue> values) {
  Json list = Json::array();
  for (const ItemValue& value : values)
    list.push_back({{"itemid", std::to_string(value.itemid)},
                    {"clock", std::to_string(value.clock)},
                    {"ns", std::to_string(value.ns)},
                    {"value", value.text}});
  return Lines(list);
}

}  // namespace mon::zabbix_connector
