#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
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

using Link = std::pair<std::string, std::uint64_t>;  // application and hostid

Result<std::set<Link>> ReadLinks(mysql::Connection& connection) {
  auto rows = connection.Query("SELECT application, hostid FROM application_hosts");
  if (!rows) return std::unexpected(rows.error());
  std::set<Link> links;
  while (rows->Next()) links.emplace(rows->Text(0), rows->Uint(1));
  return links;
}

std::vector<Value> ValuesOf(std::span<const Link> links) {
  std::vector<Value> values;
  for (const auto& [application, hostid] : links) {
    values.emplace_back(application);
    values.emplace_back(hostid);
  }
  return values;
}

/// Makes the links exactly those given; writes only what is different.
Result<void> WriteLinks(mysql::Connection& connection, std::span<const ApplicationHosts> wanted) {
  const auto known = ReadLinks(connection);
  if (!known) return std::unexpected(known.error());
  std::set<Link> links;
  for (const ApplicationHosts& one : wanted)
    for (const std::uint64_t hostid : one.hostids) links.emplace(one.application, hostid);
  std::vector<Link> gone;
  std::vector<Link> fresh;
  std::ranges::set_difference(*known, links, std::back_inserter(gone));
  std::ranges::set_difference(links, *known, std::back_inserter(fresh));
  for (std::size_t i = 0; i < gone.size(); i += kAtOnce) {
    const auto some = std::span(gone).subspan(i, std::min(kAtOnce, gone.size() - i));
    std::string places;
    for (std::size_t j = 0; j < some.size(); ++j) places += j == 0 ? "(?, ?)" : ", (?, ?)";
    const auto removed = connection.Execute(
        fmt::format("DELETE FROM application_hosts WHERE (application, hostid) IN ({})", places),
        ValuesOf(some));
    if (!removed) return std::unexpected(removed.error());
  }
  const auto added = connection.InsertRows("INSERT INTO application_hosts (application, hostid)", 2,
                                           ValuesOf(fresh), {}, mysql::NewIds::kNone);
  if (!added) return std::unexpected(added.error());
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
    return WriteLinks(connection_, links);
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
