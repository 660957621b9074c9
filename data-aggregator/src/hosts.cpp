#include "hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

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

/// The host that `entry` means, by id or technical name.
const ZabbixHost* FindHost(const std::vector<ZabbixHost>& hosts, const std::string& entry) {
  const auto found = std::ranges::find_if(hosts, [&](const ZabbixHost& host) {
    return entry == fmt::to_string(host.hostid) || entry == host.host;
  });
  return found == hosts.end() ? nullptr : &*found;
}

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
  HostPlan plan;
  HostsById all;
  for (const ApplicationConfig& application : applications) {
    HostsById chosen;
    for (const std::string& entry : application.zabbix_hosts) {
      if (const ZabbixHost* host = FindHost(named.hosts, entry); host != nullptr)
        chosen.emplace(host->hostid, *host);
      else
        plan.unknown.push_back(OfApplication("host " + entry, application));
    }
    if (ChoosesByGroupOrTag(application)) {
      const auto more = zabbix.ResolveHosts(
          {.hosts = {}, .groups = application.zabbix_groups, .tags = application.zabbix_tags},
          stop);
      if (!more) return std::unexpected(more.error());
      for (const ZabbixHost& host : more->hosts) chosen.emplace(host.hostid, host);
      for (const std::string& entry : more->unknown)
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
