#pragma once

#include "data_aggregator/sample_store.h"
#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::data_aggregator {

/// The tables of sql/ as a SampleStore. Every transaction ends with a check of `lease`, so that a
/// run that was paused and replaced writes nothing. `connection` and `lease` must outlive it.
class MysqlSampleStore final : public SampleStore {
 public:
  MysqlSampleStore(mysql::Connection& connection, const mysql::Lease& lease)
      : connection_(connection), lease_(lease) {}

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
};

}  // namespace mon::data_aggregator
