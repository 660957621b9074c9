#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/zabbix_source.h"

namespace mon::test {

/// A Zabbix whose hosts, items and values the test sets; keeps a record of what was read.
class FakeZabbix final : public ZabbixSource {
 public:
  Result<std::vector<ResolvedHosts>> ResolveHosts(std::span<const HostSelection> asked,
                                                  std::stop_token stop) override;
  Result<std::vector<Item>> ListItems(const ItemQuery& query, std::stop_token stop) override;
  Result<void> ReadHistory(std::span<const Item> items, std::int64_t from, std::int64_t till,
                           const Sink& sink, std::stop_token stop) override;

  std::vector<ZabbixHost> hosts;
  std::map<std::string, std::vector<std::uint64_t>> groups;  ///< hostids by group name
  std::vector<Item> items;
  std::vector<ItemValue> values;
  std::optional<Error> failure;              ///< of every call
  std::optional<std::int64_t> fails_after;   ///< ReadHistory fails where `till` is later
  std::optional<std::int64_t> fails_before;  ///< ReadHistory fails where `from` is earlier
  bool hangs = false;                        ///< every call waits for `stop`
  /// What the lists, and each reading of history, take of the test's time.
  std::chrono::steady_clock::time_point* time = nullptr;
  std::chrono::milliseconds list_takes{0};
  std::chrono::milliseconds history_takes{0};
  std::vector<std::vector<HostSelection>> selections;         ///< asked for
  std::vector<ItemQuery> queries;                             ///< asked for
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;  ///< read

 private:
  [[nodiscard]] std::optional<Error> Trouble(const std::stop_token& stop) const;
  [[nodiscard]] ResolvedHosts Resolve(const HostSelection& selection);
  void Take(std::chrono::milliseconds duration) const;
};

}  // namespace mon::test
