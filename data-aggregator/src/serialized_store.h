#pragma once

#include <mutex>

#include "data_aggregator/sample_store.h"

namespace mon::data_aggregator {

/// Lets several threads use one store, one call at a time. `store` must outlive it.
class SerializedStore final : public SampleStore {
 public:
  explicit SerializedStore(SampleStore& store) : store_(store) {}

  Result<StoreResult> StoreSamples(std::span<const ApplicationSample> samples) override {
    const std::scoped_lock lock(mutex_);
    return store_.StoreSamples(samples);
  }
  Result<void> StoreHosts(std::span<const ZabbixHost> hosts,
                          std::span<const ApplicationHosts> links) override {
    const std::scoped_lock lock(mutex_);
    return store_.StoreHosts(hosts, links);
  }
  Result<StoreResult> StoreItems(std::span<const Item> items,
                                 std::span<const std::uint64_t> hostids) override {
    const std::scoped_lock lock(mutex_);
    return store_.StoreItems(items, hostids);
  }
  Result<StoreResult> StoreHistory(std::span<const ItemValue> values) override {
    const std::scoped_lock lock(mutex_);
    return store_.StoreHistory(values);
  }
  Result<std::map<std::uint64_t, std::int64_t>> ReadUntil(
      std::span<const std::uint64_t> hostids) override {
    const std::scoped_lock lock(mutex_);
    return store_.ReadUntil(hostids);
  }
  Result<void> SetReadUntil(std::span<const std::uint64_t> hostids, std::int64_t until) override {
    const std::scoped_lock lock(mutex_);
    return store_.SetReadUntil(hostids, until);
  }
  Result<void> StoreReports(std::span<const SourceReport> reports) override {
    const std::scoped_lock lock(mutex_);
    return store_.StoreReports(reports);
  }

 private:
  SampleStore& store_;
  std::mutex mutex_;
};

}  // namespace mon::data_aggregator
