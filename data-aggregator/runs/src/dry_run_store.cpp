#include "dry_run_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/text.h"

namespace mon::data_aggregator {

Result<StoreResult> DryRunStore::StoreSamples(std::span<const ApplicationSample> samples) {
  for (const ApplicationSample& sample : samples) {
    fmt::print("would store sample application={} timestamp={} response_time_ms={} error_rate={}\n",
               sample.application, sample.timestamp, sample.response_time_ms,
               ShortestText(sample.error_rate));
  }
  StoreResult result;
  result.inserted = samples.size();
  return result;
}

Result<void> DryRunStore::StoreHosts(std::span<const ZabbixHost> hosts,
                                     std::span<const ApplicationHosts> links) {
  for (const ZabbixHost& host : hosts)
    fmt::print("would store host hostid={} host={}\n", host.hostid, QuoteJson(host.host));
  for (const ApplicationHosts& link : links)
    fmt::print("would store hosts of application={} hostids={}\n", link.application,
               fmt::join(link.hostids, ","));
  return {};
}

Result<StoreResult> DryRunStore::StoreItems(std::span<const Item> items,
                                            std::span<const std::uint64_t>) {
  for (const Item& item : items)
    fmt::print("would store item itemid={} key={} name={}\n", item.itemid, QuoteJson(item.key),
               QuoteJson(item.name));
  StoreResult result;
  result.inserted = items.size();
  return result;
}

Result<StoreResult> DryRunStore::StoreHistory(std::span<const ItemValue> values) {
  StoreResult result;
  result.inserted = values.size();
  if (values.empty()) return result;
  std::set<std::uint64_t> itemids;
  for (const ItemValue& value : values) itemids.insert(value.itemid);
  const auto [first, last] = std::ranges::minmax(values, {}, &ItemValue::clock);
  fmt::print("would store history values={} items={} from=\"{}\" till=\"{}\"\n", values.size(),
             itemids.size(), FormatUtc(first.clock), FormatUtc(last.clock));
  return result;
}

Result<std::map<std::uint64_t, std::int64_t>> DryRunStore::ReadUntil(
    std::span<const std::uint64_t>) {
  auto rows = connection_.Query("SELECT hostid, read_until FROM zabbix_hosts");
  if (!rows) return std::unexpected(rows.error());
  std::map<std::uint64_t, std::int64_t> marks;
  while (rows->Next()) marks[rows->Uint(0)] = rows->Int(1);
  return marks;
}

Result<void> DryRunStore::SetReadUntil(std::span<const std::uint64_t>, std::int64_t) { return {}; }

Result<void> DryRunStore::StoreReports(std::span<const SourceReport> reports) {
  for (const SourceReport& report : reports) {
    fmt::print("would store source name={} up={} samples={} refused={}\n", report.name,
               report.up ? 1 : 0, report.samples, report.refused);
  }
  return {};
}

}  // namespace mon::data_aggregator
