#include "hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace mon::data_aggregator {
namespace {

std::vector<HostSelection> SelectionsOf(std::span<const ApplicationConfig> applications) {
  std::vector<HostSelection> selections;
  for (const ApplicationConfig& application : applications)
    selections.push_back(
        {application.zabbix_hosts, application.zabbix_groups, application.zabbix_tags});
  return selections;
}

}  // namespace

bool AnyHostsNamed(std::span<const ApplicationConfig> applications) {
  return std::ranges::any_of(applications, [](const ApplicationConfig& application) {
    return !application.zabbix_hosts.empty() || !application.zabbix_groups.empty() ||
           !application.zabbix_tags.empty();
  });
}

Result<HostPlan> ResolveHosts(std::span<const ApplicationConfig> applications, ZabbixSource& zabbix,
                              std::stop_token stop) {
  const auto resolved = zabbix.ResolveHosts(SelectionsOf(applications), std::move(stop));
  if (!resolved) return std::unexpected(resolved.error());
  HostPlan plan;
  std::map<std::uint64_t, ZabbixHost> all;
  for (std::size_t i = 0; i < applications.size(); ++i) {
    const auto& [hosts, unknown] = (*resolved)[i];
    ApplicationHosts links{.application = applications[i].name, .hostids = {}};
    for (const ZabbixHost& host : hosts) {
      links.hostids.push_back(host.hostid);
      all.emplace(host.hostid, host);
    }
    for (const std::string& entry : unknown)
      plan.unknown.push_back(fmt::format("{} of application {}", entry, applications[i].name));
    plan.links.push_back(std::move(links));
  }
  for (auto& [hostid, host] : all) plan.hosts.push_back(std::move(host));
  return plan;
}

}  // namespace mon::data_aggregator
