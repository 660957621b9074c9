#pragma once

#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "common/zabbix_source.h"
#include "session.h"
#include "zabbix_connector/connector.h"

namespace mon::zabbix_connector {

/// What each selection chooses. Whatever they name is asked for once: all hosts and the ids of all
/// groups by a call each, the hosts of a group or a tag by a call each.
[[nodiscard]] Result<std::vector<ResolvedHosts>> ResolveHosts(
    Session& session, std::span<const HostSelection> selections, const std::stop_token& stop);

[[nodiscard]] Result<std::vector<HostInfo>> SearchHosts(Session& session, std::string_view text,
                                                        std::stop_token stop);

}  // namespace mon::zabbix_connector
