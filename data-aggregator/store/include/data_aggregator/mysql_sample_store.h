#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "data_aggregator/recent_values.h"
#include "data_aggregator/sample_store.h"
#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::data_aggregator {

/// The newest second that is stored of each application, as far as it has been looked up. What is
/// newer is new, and need not be looked for. One that is too high costs a look, one that is too low
/// (another program has written) a statement that fails and is made good; so a daemon may keep it.
using NewestSeconds = std::map<std::string, std::int64_t, std::less<>>;

/// A row of zabbix_items that is the only one of its item. `newest` may be too low, never too high:
/// the time of its value only grows.
struct ItemRow {
  std::int64_t id;
  std::pair<std::int64_t, std::int64_t> newest;  ///< lastclock and lastns; -1: none
};
using ItemRows = std::unordered_map<std::uint64_t, ItemRow>;  // by itemid

/// What is known of the tables without looking. A daemon may keep it from cycle to cycle; what was
/// read or written of Zabbix as long as its connection lives: behind another one there may be
/// tables of an older copy.
struct StoreMemory {
  NewestSeconds newest;
  ItemRows items;
  RecentValues values;
};

/// The tables of sql/ as a SampleStore. Every transaction ends with a check of `lease`, so that a
/// run that was paused and replaced writes nothing. `connection`, `lease` and `memory`, where one
/// is kept, must outlive it.
class MysqlSampleStore final : public SampleStore {
 public:
  MysqlSampleStore(mysql::Connection& connection, const mysql::Lease& lease,
                   StoreMemory* memory = nullptr)
      : connection_(connection),
        lease_(lease),
        memory_(memory != nullptr ? *memory : own_memory_) {}
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
  StoreMemory own_memory_;
  StoreMemory& memory_;
};

}  // namespace mon::data_aggregator
