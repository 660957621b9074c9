#include "support/fake_zabbix.h"

#include <algorithm>
#include <condition_variable>
#include <string>

namespace mon::test {

std::optional<Error> FakeZabbix::Trouble(const std::stop_token& stop) const {
  if (hangs) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any wake;
    wake.wait(lock, stop, [] { return false; });
  }
  if (stop.stop_requested()) return Error{ErrorCode::kTimeout, "zabbix: stopped"};
  return failure;
}

void FakeZabbix::Take(std::chrono::milliseconds duration) const {
  if (time != nullptr) *time += duration;
}

Result<std::vector<ResolvedHosts>> FakeZabbix::ResolveHosts(std::span<const HostSelection> asked,
                                                            std::stop_token stop) {
  selections.emplace_back(asked.begin(), asked.end());
  Take(list_takes);
  if (const auto trouble = Trouble(stop)) return std::unexpected(*trouble);
  std::vector<ResolvedHosts> resolved;
  for (const HostSelection& selection : asked) resolved.push_back(Resolve(selection));
  return resolved;
}

ResolvedHosts FakeZabbix::Resolve(const HostSelection& selection) {
  ResolvedHosts resolved;
  for (const ZabbixHost& host : hosts) {
    const bool named = std::ranges::any_of(selection.hosts, [&](const std::string& entry) {
      return entry == host.host || entry == std::to_string(host.hostid);
    });
    const bool grouped = std::ranges::any_of(selection.groups, [&](const std::string& group) {
      return std::ranges::count(groups[group], host.hostid) > 0;
    });
    if (named || grouped) resolved.hosts.push_back(host);
  }
  for (const std::string& entry : selection.hosts) {
    if (std::ranges::none_of(hosts, [&](const ZabbixHost& host) {
          return entry == host.host || entry == std::to_string(host.hostid);
        }))
      resolved.unknown.push_back("host " + entry);
  }
  for (const std::string& group : selection.groups) {
    if (groups[group].empty()) resolved.unknown.push_back("group " + group);
  }
  return resolved;
}

Result<std::vector<Item>> FakeZabbix::ListItems(const ItemQuery& query, std::stop_token stop) {
  queries.push_back(query);
  Take(list_takes);
  if (const auto trouble = Trouble(stop)) return std::unexpected(*trouble);
  std::vector<Item> listed;
  for (const Item& item : items) {
    if (std::ranges::count(query.hostids, item.hostid) > 0) listed.push_back(item);
  }
  return listed;
}

Result<void> FakeZabbix::ReadHistory(std::span<const Item> wanted, std::int64_t from,
                                     std::int64_t till, const Sink& sink, std::stop_token stop) {
  ranges.emplace_back(from, till);
  Take(history_takes);
  if (const auto trouble = Trouble(stop)) return std::unexpected(*trouble);
  if (fails_before && from < *fails_before) return Fail(ErrorCode::kTimeout, "zabbix: no answer");
  std::vector<ItemValue> page;
  for (const ItemValue& value : values) {
    const bool of_item =
        std::ranges::any_of(wanted, [&](const Item& item) { return item.itemid == value.itemid; });
    if (of_item && value.clock >= from && value.clock <= till) page.push_back(value);
  }
  if (auto taken = sink(page); !taken) return taken;
  if (fails_after && till > *fails_after) return Fail(ErrorCode::kBadReply, "zabbix: HTTP 500");
  return {};
}

}  // namespace mon::test
