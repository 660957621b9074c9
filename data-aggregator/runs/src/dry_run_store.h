#pragma once

#include "data_aggregator/sample_store.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

/// Prints what would be stored, to standard output, and stores nothing. `connection` is asked only
/// how far hosts have been read; it must outlive this object.
class DryRunStore final : public SampleStore {
 public:
  explicit DryRunStore(mysql::Connection& connection) : connection_(connection) {}

  Result<StoreResult> StoreSamples(std::span<const ApplicationSample> samples) override;
  Result<void> StoreHosts(std::span<const ZabbixHost> hosts,
                          std::span<const ApplicationHosts> links) override;
  Result<StoreResult> StoreItems(std::span<const Item> items,
                                 std::span<const std::uint64_t> hostids) override;
  Result<StoreResult> StoreHistory(std::span<const ItemValue> values) override;
  Result<std::map<std::uint64_t, std::int64_t>> ReadUntil(
      std::span<const std::uint64_t> hostids) override;
  Result<void> SetReadUntil(std::span<const std::uint64_t> hostids, std::int64_t until) override;
  Result<void> StoreReports(std::span<const SourceReport> reports) override;

 private:
  mysql::Connection& connection_;
};

}  // namespace mon::data_aggregator
