#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "http/http_client.h"

namespace mon::zabbix_connector {

/// Something that is wrong, and what a person can do about it.
struct Finding {
  std::string problem;
  std::string remedy;
};

struct CheckReport {
  std::vector<std::string> good;  ///< what was tried and works, in the order of the trials
  std::vector<Finding> findings;  ///< empty: all is well
};

/// Walks the way from here to the values: server, version, login, header, hosts of every
/// application, items, fresh values. Stops where the next step cannot work without this one. No
/// secret is in any of its texts.
[[nodiscard]] CheckReport Check(http::Client& http, const Config& config, TimePoint now,
                                std::stop_token stop);

/// The report as a person reads it, and as a program does.
[[nodiscard]] std::string ToText(const CheckReport& report);
[[nodiscard]] std::string ToJson(const CheckReport& report);

}  // namespace mon::zabbix_connector
