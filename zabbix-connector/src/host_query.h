#pragma once

#include <stop_token>
#include <string_view>
#include <vector>

#include "common/zabbix_source.h"
#include "session.h"
#include "zabbix_connector/connector.h"

namespace mon::zabbix_connector {

/// All questions of one selection at the same time; groups need a second round.
[[nodiscard]] Result<ResolvedHosts> ResolveHosts(Session& session, const HostSelection& selection,
                                                 std::stop_token stop);

[[nodiscard]] Result<std::vector<HostInfo>> SearchHosts(Session& session, std::string_view text,
                                                        std::stop_token stop);

}  // namespace mon::zabbix_connector
