#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "data_aggregator/sample_store.h"
#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::data_aggregator {

/// The newest second that is stored of each application, as far as it has been looked up. What is
/// newer is new, and need not be looked for. One that is too high costs a look, one that is too low
/// (another program has written) a statement that fails and is made good; so a daemon may keep it.
using NewestSeconds = std::map<std::string, std::int64_t, std::less<>>;

/// The tables of sql/ as a SampleStore. Every transaction ends with a check of `lease`, so that a
/// run that was paused and replaced writes nothing. `connection`, `lease` and `newest`, where one
/// is kept, must outlive it.
class MysqlSampleStore final : public SampleStore {
 public:
  MysqlSampleStore(mysql::Connection& connection, const mysql::Lease& lease,
                   NewestSeconds* newest = nullptr)
      : connection_(connection),
        lease_(lease),
        newest_(newest != nullptr ? *newest : own_newest_) {}
  MysqlSampleStore(const MysqlSampleStore&) = delete;  // it may refer to its own
  MysqlSampleStore& operator=(const MysqlSampleStore&) = delete;

  [[nodiscard]] Result<StoreResult> StoreSamples(
      std::span<const ApplicationSample> samples) override;
  [[nodiscard]] Result<void> StoreHosts(std::span<const ZabbixHost> hosts,
                                        std::span<const ApplicationHosts> links) override;
  [[nodiscard]] Result<StoreResult> StoreItems(std::span<const Item> items,
                                               std::span<const std::uint64_t> hostids) override;
  [[nodiscard]] Result<StoreResult> StoreHistory(std::span<const ItemValue> values) override;
  [[nodiscard]] Result<std::map<std::uint64_t, std::int64_t>> ReadUntil(
      std::span<const std::uint64_t> hostids) override;
  [[nodiscard]] Result<void> SetReadUntil(std::span<const std::uint64_t> hostids,
                                          std::int64_t until) override;
  [[nodiscard]] Result<void> StoreReports(std::span<const SourceReport> reports) override;

 private:
  mysql::Connection& connection_;
  const mysql::Lease& lease_;
  NewestSeconds own_newest_;
  NewestSeconds& newest_;
  /// A row of zabbix_items, as it was when StoreItems read it or later: the time of its value only
  /// grows.
  struct ItemRow {
    std::int64_t id;
    std::pair<std::int64_t, std::int64_t> newest;  ///< lastclock and lastns; -1: none
  };
  std::unordered_map<std::uint64_t, ItemRow> item_rows_;  ///< by itemid
};

}  // namespace mon::data_aggregator
