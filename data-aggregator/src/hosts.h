#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "common/zabbix_source.h"
#include "data_aggregator/sample_store.h"

namespace mon::data_aggregator {

/// The hosts of all applications, and which belong to which.
struct HostPlan {
  std::vector<ZabbixHost> hosts;  ///< by hostid, each once
  std::vector<ApplicationHosts> links;
  std::vector<std::string> unknown;  ///< "host 10105 of application shop"
};

/// True where any application names hosts, groups or tags.
[[nodiscard]] bool AnyHostsNamed(std::span<const ApplicationConfig> applications);

/// Asks Zabbix which hosts the applications name, all at once.
[[nodiscard]] Result<HostPlan> ResolveHosts(std::span<const ApplicationConfig> applications,
                                            ZabbixSource& zabbix, std::stop_token stop);

}  // namespace mon::data_aggregator
