#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/error.h"
#include "dispatch/labels.h"
#include "mysql/connection.h"

namespace mon::dispatch {

/// Zabbix hosts by the application that they serve.
struct ApplicationHosts {
  std::multimap<std::string, std::string> by_application;
  std::set<std::string> maintained;  ///< those that Zabbix has in maintenance
};

/// Of the applications that the query `applications` gives. Errors are those of mysql::Connection.
[[nodiscard]] Result<ApplicationHosts> LoadApplicationHosts(mysql::Connection& connection,
                                                            std::string_view applications);

/// An alert without hosts of its own concerns those of its application.
void AddHosts(const ApplicationHosts& hosts, const std::string& application, Labels& labels);

}  // namespace mon::dispatch
