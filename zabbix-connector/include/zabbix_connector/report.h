#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/sample.h"
#include "zabbix_connector/connector.h"

namespace mon::zabbix_connector {

/// What the program prints: tables for people, times in UTC; JSON for programs, in Zabbix's own
/// field names and with its values unchanged, ids and times as strings like there.

[[nodiscard]] std::string HostTable(std::span<const HostInfo> hosts, bool on_terminal);
[[nodiscard]] std::string HostJson(std::span<const HostInfo> hosts);

/// `values` by itemid; an item without one is shown as "unknown", in JSON as null. Ages are counted
/// from `now`, epoch seconds.
[[nodiscard]] std::string ItemTable(std::span<const Item> items, std::span<const LastValue> values,
                                    std::int64_t now, bool on_terminal);
[[nodiscard]] std::string ItemJson(std::span<const Item> items, std::span<const LastValue> values);

/// Values of one or more items; those of more than one with the item's key.
[[nodiscard]] std::string HistoryTable(std::span<const ItemValue> values,
                                       std::span<const Item> items, bool on_terminal);
[[nodiscard]] std::string HistoryJson(std::span<const ItemValue> values);

}  // namespace mon::zabbix_connector
