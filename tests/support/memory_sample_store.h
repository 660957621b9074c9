#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "data_aggregator/sample_store.h"

namespace mon::test {

/// A SampleStore in memory, open to the test.
class MemorySampleStore final : public data_aggregator::SampleStore {
 public:
  Result<data_aggregator::StoreResult> StoreSamples(
      std::span<const ApplicationSample> samples) override;
  Result<void> StoreHosts(std::span<const ZabbixHost> hosts,
                          std::span<const data_aggregator::ApplicationHosts> links) override;
  Result<data_aggregator::StoreResult> StoreItems(std::span<const Item> items,
                                                  std::span<const std::uint64_t> hostids) override;
  Result<data_aggregator::StoreResult> StoreHistory(std::span<const ItemValue> values) override;
  Result<std::map<std::uint64_t, std::int64_t>> ReadUntil(
      std::span<const std::uint64_t> hostids) override;
  Result<void> SetReadUntil(std::span<const std::uint64_t> hostids, std::int64_t until) override;
  Result<void> StoreReports(std::span<const data_aggregator::SourceReport> given) override;

  std::map<std::pair<std::string, std::int64_t>, ApplicationSample> samples;
  std::map<std::uint64_t, ZabbixHost> hosts;
  std::map<std::string, std::vector<std::uint64_t>> links;
  std::map<std::uint64_t, Item> items;
  std::set<std::uint64_t> vanished;
  std::map<std::tuple<std::uint64_t, std::int64_t, std::uint32_t>, std::string> history;
  std::map<std::uint64_t, std::int64_t> read_until;
  std::map<std::string, data_aggregator::SourceReport> reports;
  std::optional<Error> history_failure;  ///< of StoreHistory alone
  /// Every call fails with it while it is set.
  std::optional<Error> failure;
};

}  // namespace mon::test
