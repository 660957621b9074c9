#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/sample.h"

namespace mon {

/// The hosts an application names. A host is chosen if any entry of any list fits it.
struct HostSelection {
  std::vector<std::string> hosts;   ///< host ids or technical names
  std::vector<std::string> groups;  ///< host group names, exact
  std::vector<std::string> tags;    ///< host tags, "tag" or "tag=value"
};

struct ResolvedHosts {
  std::vector<ZabbixHost> hosts;  ///< monitored ones, by hostid, each once
  /// Entries that no readable host answers to, each in words: "host 10105". What does not exist
  /// and what the account may not see look the same from outside.
  std::vector<std::string> unknown;
};

struct ItemQuery {
  std::vector<std::uint64_t> hostids;
  bool numeric_only = true;  ///< else characters, log and text too; binary never
};

/// What the data-aggregator reads of a Zabbix server. Implemented by the zabbix-connector.
///
/// Threads: one call at a time. Errors, in every call: kTimeout, kUnavailable, kBadReply (HTTP
/// error, cut or wrong JSON), kRejected (login, permission). A call returns at once with kTimeout
/// ("stopped") when `stop` is requested: that is how a deadline is kept.
struct ZabbixSource {
  virtual ~ZabbixSource() = default;

  /// What each of the selections chooses. Entries that match nothing are no error; they are listed
  /// in `unknown`.
  [[nodiscard]] virtual Result<std::vector<ResolvedHosts>> ResolveHosts(
      std::span<const HostSelection> selections, std::stop_token stop) = 0;

  /// Enabled items of these hosts, by itemid, unsupported ones too (state 1 and why). Macros in
  /// names are resolved.
  [[nodiscard]] virtual Result<std::vector<Item>> ListItems(const ItemQuery& query,
                                                            std::stop_token stop) = 0;

  /// Takes one page of values; an error it returns ends the reading and is handed on.
  using Sink = std::function<Result<void>(std::vector<ItemValue> page)>;

  /// Every value of `items` with from <= clock <= till (epoch seconds, both inclusive), in pages.
  /// Within a page by itemid, clock, ns; over pages an item's times only grow; no value twice.
  /// `value_type` of each item must be right: Zabbix answers a wrong one with nothing at all.
  /// After an error the pages handed over so far are good, but none of `items` is complete.
  [[nodiscard]] virtual Result<void> ReadHistory(std::span<const Item> items, std::int64_t from,
                                                 std::int64_t till, const Sink& sink,
                                                 std::stop_token stop) = 0;
};

}  // namespace mon
