#include "application_hosts.h"

#include <fmt/format.h>

namespace mon::dispatch {

Result<ApplicationHosts> LoadApplicationHosts(mysql::Connection& connection,
                                              std::string_view applications) {
  auto rows = connection.Query(
      fmt::format("SELECT ah.application, h.host, h.maintenance FROM application_hosts ah"
                  " JOIN zabbix_hosts h ON h.hostid = ah.hostid WHERE ah.application IN ({})",
                  applications));
  if (!rows) return Context("reading hosts", rows.error());
  ApplicationHosts hosts;
  while (rows->Next()) {
    hosts.by_application.emplace(rows->Text(0), rows->Text(1));
    if (rows->Int(2) != 0) hosts.maintained.insert(rows->Text(1));
  }
  return hosts;
}

void AddHosts(const ApplicationHosts& hosts, const std::string& application, Labels& labels) {
  if (labels.contains("host")) return;
  const auto [first, last] = hosts.by_application.equal_range(application);
  for (auto host = first; host != last; ++host) labels.emplace("host", host->second);
}

}  // namespace mon::dispatch
