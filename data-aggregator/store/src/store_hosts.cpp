#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "data_aggregator/mysql_sample_store.h"
#include "mysql/transact.h"
#include "text_columns.h"

namespace mon::data_aggregator {
namespace {

using mysql::Value;

constexpr std::size_t kMaxName = 255;  // characters
constexpr std::size_t kAtOnce = 1000;

Result<void> WriteHosts(mysql::Connection& connection, std::span<const ZabbixHost> hosts) {
  std::vector<Value> values;
  for (const ZabbixHost& host : hosts) {
    values.emplace_back(host.hostid);
    values.emplace_back(CutToCharacters(host.host, kMaxName));
    values.emplace_back(CutToCharacters(host.name, kMaxName));
    values.emplace_back(std::int64_t{host.maintenance});
  }
  const auto done =
      connection.InsertRows("INSERT INTO zabbix_hosts (hostid, host, name, maintenance)", 4, values,
                            "ON DUPLICATE KEY UPDATE host = VALUES(host), name = VALUES(name),"
                            " maintenance = VALUES(maintenance)");
  if (!done) return std::unexpected(done.error());
  return {};
}

/// Makes the links of one application exactly those given; writes only what is different.
Result<void> WriteLinks(mysql::Connection& connection, const ApplicationHosts& wanted) {
  auto rows = connection.Query("SELECT hostid FROM application_hosts WHERE application = ?",
                               {wanted.application});
  if (!rows) return std::unexpected(rows.error());
  std::set<std::uint64_t> add(wanted.hostids.begin(), wanted.hostids.end());
  while (rows->Next()) {
    const std::uint64_t hostid = rows->Uint(0);
    if (add.erase(hostid) > 0) continue;
    const auto removed =
        connection.Execute("DELETE FROM application_hosts WHERE application = ? AND hostid = ?",
                           {wanted.application, hostid});
    if (!removed) return std::unexpected(removed.error());
  }
  std::vector<Value> values;
  for (const std::uint64_t hostid : add) {
    values.emplace_back(wanted.application);
    values.emplace_back(hostid);
  }
  const auto added =
      connection.InsertRows("INSERT INTO application_hosts (application, hostid)", 2, values);
  if (!added) return std::unexpected(added.error());
  return {};
}

/// Of applications that are configured no more.
Result<void> RemoveOtherLinks(mysql::Connection& connection,
                              std::span<const ApplicationHosts> wanted) {
  auto rows = connection.Query("SELECT DISTINCT application FROM application_hosts");
  if (!rows) return std::unexpected(rows.error());
  std::set<std::string> others;
  while (rows->Next()) others.insert(rows->Text(0));
  for (const ApplicationHosts& link : wanted) others.erase(link.application);
  for (const std::string& application : others) {
    const auto removed =
        connection.Execute("DELETE FROM application_hosts WHERE application = ?", {application});
    if (!removed) return std::unexpected(removed.error());
  }
  return {};
}

std::vector<Value> ValuesOf(std::span<const std::uint64_t> hostids) {
  return {hostids.begin(), hostids.end()};
}

}  // namespace

Result<void> MysqlSampleStore::StoreHosts(std::span<const ZabbixHost> hosts,
                                          std::span<const ApplicationHosts> links) {
  return Transact(connection_, lease_, [&]() -> Result<void> {
    if (auto written = WriteHosts(connection_, hosts); !written) return written;
    for (const ApplicationHosts& link : links) {
      if (auto written = WriteLinks(connection_, link); !written) return written;
    }
    return RemoveOtherLinks(connection_, links);
  });
}

Result<std::map<std::uint64_t, std::int64_t>> MysqlSampleStore::ReadUntil(
    std::span<const std::uint64_t> hostids) {
  std::map<std::uint64_t, std::int64_t> until;
  for (const std::uint64_t hostid : hostids) until[hostid] = 0;
  for (std::size_t i = 0; i < hostids.size(); i += kAtOnce) {
    const auto some = hostids.subspan(i, std::min(kAtOnce, hostids.size() - i));
    auto rows = connection_.Query(
        fmt::format("SELECT hostid, read_until FROM zabbix_hosts WHERE hostid IN {}",
                    Placeholders(some.size())),
        ValuesOf(some));
    if (!rows) return std::unexpected(rows.error());
    while (rows->Next()) until[rows->Uint(0)] = rows->Int(1);
  }
  return until;
}

Result<void> MysqlSampleStore::SetReadUntil(std::span<const std::uint64_t> hostids,
                                            std::int64_t until) {
  return Transact(connection_, lease_, [&]() -> Result<void> {
    for (std::size_t i = 0; i < hostids.size(); i += kAtOnce) {
      const auto some = hostids.subspan(i, std::min(kAtOnce, hostids.size() - i));
      std::vector<Value> parameters = {until, until};
      for (const std::uint64_t hostid : some) parameters.emplace_back(hostid);
      const auto done = connection_.Execute(
          fmt::format(
              "UPDATE zabbix_hosts SET read_until = ? WHERE read_until <> ? AND hostid IN {}",
              Placeholders(some.size())),
          parameters);
      if (!done) return std::unexpected(done.error());
    }
    return {};
  });
}

}  // namespace mon::data_aggregator
