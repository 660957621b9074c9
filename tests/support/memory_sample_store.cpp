#include "support/memory_sample_store.h"

#include <algorithm>

namespace mon::test {

using data_aggregator::ApplicationHosts;
using data_aggregator::SourceReport;
using data_aggregator::StoreResult;

Result<StoreResult> MemorySampleStore::StoreSamples(
    std::span<const ApplicationSample> new_samples) {
  if (failure) return std::unexpected(*failure);
  StoreResult result;
  for (const ApplicationSample& sample : new_samples) {
    const auto [known, inserted] =
        samples.try_emplace({sample.application, sample.timestamp}, sample);
    const bool same = known->second.response_time_ms == sample.response_time_ms &&
                      known->second.error_rate == sample.error_rate;
    (inserted ? result.inserted : same ? result.unchanged : result.replaced) += 1;
    known->second = sample;
  }
  return result;
}

Result<void> MemorySampleStore::StoreHosts(std::span<const ZabbixHost> new_hosts,
                                           std::span<const ApplicationHosts> new_links) {
  if (failure) return std::unexpected(*failure);
  for (const ZabbixHost& host : new_hosts) hosts[host.hostid] = host;
  links.clear();
  for (const ApplicationHosts& link : new_links) links[link.application] = link.hostids;
  return {};
}

Result<StoreResult> MemorySampleStore::StoreItems(std::span<const Item> new_items,
                                                  std::span<const std::uint64_t> hostids) {
  if (failure) return std::unexpected(*failure);
  StoreResult result;
  std::set<std::uint64_t> present;
  for (const Item& item : new_items) {
    items[item.itemid] = item;
    present.insert(item.itemid);
    vanished.erase(item.itemid);
    ++result.inserted;
  }
  for (const auto& [itemid, item] : items) {
    if (!present.contains(itemid) && std::ranges::find(hostids, item.hostid) != hostids.end())
      vanished.insert(itemid);
  }
  return result;
}

Result<StoreResult> MemorySampleStore::StoreHistory(std::span<const ItemValue> values) {
  if (failure) return std::unexpected(*failure);
  if (history_failure) return std::unexpected(*history_failure);
  StoreResult result;
  for (const ItemValue& value : values) {
    const bool inserted =
        history.try_emplace({value.itemid, value.clock, value.ns}, value.text).second;
    (inserted ? result.inserted : result.unchanged) += 1;
  }
  return result;
}

Result<std::map<std::uint64_t, std::int64_t>> MemorySampleStore::ReadUntil(
    std::span<const std::uint64_t> hostids) {
  if (failure) return std::unexpected(*failure);
  std::map<std::uint64_t, std::int64_t> marks;
  for (const std::uint64_t hostid : hostids) marks[hostid] = read_until[hostid];
  return marks;
}

Result<void> MemorySampleStore::SetReadUntil(std::span<const std::uint64_t> hostids,
                                             std::int64_t until) {
  if (failure) return std::unexpected(*failure);
  for (const std::uint64_t hostid : hostids) read_until[hostid] = until;
  return {};
}

Result<void> MemorySampleStore::StoreReports(std::span<const SourceReport> given) {
  if (failure) return std::unexpected(*failure);
  for (const SourceReport& report : given) reports[report.name] = report;
  return {};
}

}  // namespace mon::test
