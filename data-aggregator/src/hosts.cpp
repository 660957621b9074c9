#include "hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace mon::data_aggregator {
namespace {

using HostsById = std::map<std::uint64_t, ZabbixHost>;

bool ChoosesByGroupOrTag(const ApplicationConfig& application) {
  return !application.zabbix_groups.empty() || !application.zabbix_tags.empty();
}

HostSelection AllNamedHosts(std::span<const ApplicationConfig> applications) {
  std::set<std::string> names;
  for (const auto& application : applications)
    names.insert(application.zabbix_hosts.begin(), application.zabbix_hosts.end());
  return {.hosts = {names.begin(), names.end()}, .groups = {}, .tags = {}};
}

/// Hosts by what an entry may call them: id and technical name.
using HostsByEntry = std::map<std::string, const ZabbixHost*, std::less<>>;

HostsByEntry ByEntry(std::span<const ZabbixHost> hosts) {
  HostsByEntry by_entry;
  for (const ZabbixHost& host : hosts) by_entry.emplace(host.host, &host);
  // An entry of digits is an id where there is such a host.
  for (const ZabbixHost& host : hosts) by_entry[fmt::to_string(host.hostid)] = &host;
  return by_entry;
}

/// Many applications may choose by the same groups and tags.
using GroupsAndTags = std::pair<std::vector<std::string>, std::vector<std::string>>;

std::string OfApplication(std::string_view what, const ApplicationConfig& application) {
  return fmt::format("{} of application {}", what, application.name);
}

}  // namespace

bool AnyHostsNamed(std::span<const ApplicationConfig> applications) {
  return std::ranges::any_of(applications, [](const ApplicationConfig& application) {
    return !application.zabbix_hosts.empty() || ChoosesByGroupOrTag(application);
  });
}

Result<HostPlan> ResolveHosts(std::span<const ApplicationConfig> applications, ZabbixSource& zabbix,
                              std::stop_token stop) {
  ResolvedHosts named;
  if (const HostSelection selection = AllNamedHosts(applications); !selection.hosts.empty()) {
    auto resolved = zabbix.ResolveHosts(selection, stop);
    if (!resolved) return std::unexpected(resolved.error());
    named = std::move(*resolved);
  }
  const HostsByEntry by_entry = ByEntry(named.hosts);
  std::map<GroupsAndTags, ResolvedHosts> chosen_alike;
  HostPlan plan;
  HostsById all;
  for (const ApplicationConfig& application : applications) {
    HostsById chosen;
    for (const std::string& entry : application.zabbix_hosts) {
      if (const auto host = by_entry.find(entry); host != by_entry.end())
        chosen.emplace(host->second->hostid, *host->second);
      else
        plan.unknown.push_back(OfApplication("host " + entry, application));
    }
    if (ChoosesByGroupOrTag(application)) {
      const auto [known, first] = chosen_alike.try_emplace(
          GroupsAndTags{application.zabbix_groups, application.zabbix_tags});
      if (first) {
        auto asked = zabbix.ResolveHosts(
            {.hosts = {}, .groups = application.zabbix_groups, .tags = application.zabbix_tags},
            stop);
        if (!asked) return std::unexpected(asked.error());
        known->second = *std::move(asked);
      }
      for (const ZabbixHost& host : known->second.hosts) chosen.emplace(host.hostid, host);
      for (const std::string& entry : known->second.unknown)
        plan.unknown.push_back(OfApplication(entry, application));
    }
    ApplicationHosts links{.application = application.name, .hostids = {}};
    for (const auto& [hostid, host] : chosen) links.hostids.push_back(hostid);
    plan.links.push_back(std::move(links));
    all.merge(chosen);
  }
  for (auto& [hostid, host] : all) plan.hosts.push_back(std::move(host));
  return plan;
}

}  // namespace mon::data_aggregator
