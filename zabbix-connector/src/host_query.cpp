#include "host_query.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/text.h"
#include "reply_rows.h"

namespace mon::zabbix_connector {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 4> kHostFields = {"hostid", "host", "name",
                                                         "maintenance_status"};

Call HostGet(Json params) {
  params["output"] = kHostFields;
  return {"host.get", ToText(params)};
}

/// Host tags by "tag" or "tag=value". "Contains nothing" is how every version says "has the tag".
Json TagParams(const std::string& entry) {
  constexpr int kContains = 0;
  constexpr int kEquals = 1;
  const auto equals = entry.find('=');
  const bool any = equals == std::string::npos;
  const Json tag = {{"tag", entry.substr(0, equals)},
                    {"value", any ? "" : entry.substr(equals + 1)},
                    {"operator", any ? kContains : kEquals}};
  return {{"tags", Json::array({tag})}, {"monitored_hosts", true}};
}

Result<std::vector<ZabbixHost>> ReadHosts(Outcome outcome) {
  if (!outcome.body) return std::unexpected(std::move(outcome.body.error()));
  std::vector<ZabbixHost> hosts;
  const auto read =
      ReadRows(*outcome.body, kHostFields, [&](std::span<const std::string_view> row) {
        const auto hostid = ParseUint(row[0]);
        if (hostid)
          hosts.push_back({*hostid, std::string(row[1]), std::string(row[2]), row[3] == "1"});
        return hostid.has_value();
      });
  if (!read) return Context("zabbix host.get", read.error());
  return hosts;
}

Result<std::map<std::string, std::string>> ReadGroups(Outcome outcome) {
  if (!outcome.body) return std::unexpected(std::move(outcome.body.error()));
  constexpr std::array<std::string_view, 2> kFields = {"name", "groupid"};
  std::map<std::string, std::string> groups;
  const auto read = ReadRows(*outcome.body, kFields, [&](std::span<const std::string_view> row) {
    groups[std::string(row[0])] = row[1];
    return !row[1].empty();
  });
  if (!read) return Context("zabbix hostgroup.get", read.error());
  return groups;
}

/// What a selection has brought together so far.
struct Found {
  std::map<std::uint64_t, ZabbixHost> hosts;
  std::vector<std::string> unknown;

  void Add(const std::vector<ZabbixHost>& more) {
    for (const ZabbixHost& host : more) hosts[host.hostid] = host;
  }
};

/// The first round of questions, one slot each.
struct Questions {
  std::vector<Call> calls;
  std::size_t by_id = 0, by_name = 0, groups = 0, tags = 0;  ///< places in `calls`

  explicit Questions(const HostSelection& selection) {
    Json ids = Json::array();
    for (const std::string& entry : selection.hosts)
      if (ParseUint(entry)) ids.push_back(entry);
    by_id = calls.size();
    if (!ids.empty()) calls.push_back(HostGet({{"hostids", ids}}));
    by_name = calls.size();
    if (!selection.hosts.empty())
      calls.push_back(HostGet({{"filter", {{"host", selection.hosts}}}}));
    groups = calls.size();
    if (!selection.groups.empty())
      calls.push_back({"hostgroup.get", ToText({{"output", {"groupid", "name"}},
                                                {"filter", {{"name", selection.groups}}}})});
    tags = calls.size();
    for (const std::string& entry : selection.tags) calls.push_back(HostGet(TagParams(entry)));
  }
};

/// An entry of digits is an id where there is such a host, else a name.
Result<void> TakeNamedHosts(const HostSelection& selection, const Questions& questions,
                            std::vector<Outcome>& outcomes, Found& found) {
  std::map<std::uint64_t, ZabbixHost> by_id;
  std::map<std::string, ZabbixHost> by_name;
  for (std::size_t i = questions.by_id; i < questions.groups; ++i) {
    auto hosts = ReadHosts(std::move(outcomes[i]));
    if (!hosts) return std::unexpected(std::move(hosts.error()));
    for (ZabbixHost& host : *hosts) {
      if (i < questions.by_name) by_id[host.hostid] = host;
      if (i >= questions.by_name) by_name[host.host] = host;
    }
  }
  for (const std::string& entry : selection.hosts) {
    const auto id = ParseUint(entry);
    if (const auto match = id ? by_id.find(*id) : by_id.end(); match != by_id.end())
      found.hosts[match->first] = match->second;
    else if (const auto named = by_name.find(entry); named != by_name.end())
      found.hosts[named->second.hostid] = named->second;
    else
      found.unknown.push_back("host " + entry);
  }
  return {};
}

Result<void> TakeGroups(Session& session, const HostSelection& selection, Outcome outcome,
                        Found& found, std::stop_token stop) {
  auto groups = ReadGroups(std::move(outcome));
  if (!groups) return std::unexpected(std::move(groups.error()));
  Json ids = Json::array();
  for (const std::string& name : selection.groups) {
    if (const auto group = groups->find(name); group != groups->end())
      ids.push_back(group->second);
    else
      found.unknown.push_back("host group " + name);
  }
  if (ids.empty()) return {};
  const Call call = HostGet({{"groupids", ids}, {"monitored_hosts", true}});
  auto hosts = ReadHosts(std::move(session.CallAll({&call, 1}, std::move(stop)).front()));
  if (!hosts) return std::unexpected(std::move(hosts.error()));
  found.Add(*hosts);
  return {};
}

Result<void> TakeTags(const HostSelection& selection, const Questions& questions,
                      std::vector<Outcome>& outcomes, Found& found) {
  for (std::size_t i = 0; i < selection.tags.size(); ++i) {
    auto hosts = ReadHosts(std::move(outcomes[questions.tags + i]));
    if (!hosts) return std::unexpected(std::move(hosts.error()));
    if (hosts->empty()) found.unknown.push_back("hosts with tag " + selection.tags[i]);
    found.Add(*hosts);
  }
  return {};
}

HostInfo ToInfo(const Json& host, std::uint64_t hostid) {
  HostInfo info;
  info.host = {hostid, host.value("host", ""), host.value("name", "")};
  info.monitored = host.value("status", "0") == "0";
  for (const char* name : {"hostgroups", "groups"})
    if (host.contains(name))
      for (const Json& group : host[name]) info.groups.push_back(group.value("name", ""));
  std::ranges::sort(info.groups);
  return info;
}

}  // namespace

Result<ResolvedHosts> ResolveHosts(Session& session, const HostSelection& selection,
                                   std::stop_token stop) {
  const Questions questions(selection);
  if (questions.calls.empty()) return ResolvedHosts{};
  auto outcomes = session.CallAll(questions.calls, stop);
  Found found;
  if (auto taken = TakeNamedHosts(selection, questions, outcomes, found); !taken)
    return std::unexpected(std::move(taken.error()));
  if (!selection.groups.empty()) {
    auto taken = TakeGroups(session, selection, std::move(outcomes[questions.groups]), found, stop);
    if (!taken) return std::unexpected(std::move(taken.error()));
  }
  if (auto taken = TakeTags(selection, questions, outcomes, found); !taken)
    return std::unexpected(std::move(taken.error()));
  ResolvedHosts resolved;
  for (auto& [hostid, host] : found.hosts) resolved.hosts.push_back(std::move(host));
  resolved.unknown = std::move(found.unknown);
  return resolved;
}

Result<std::vector<HostInfo>> SearchHosts(Session& session, std::string_view text,
                                          std::stop_token stop) {
  auto version = session.ServerVersion(stop);
  if (!version) return std::unexpected(std::move(version.error()));
  Json params = {{"output", {"hostid", "host", "name", "status"}}, {"sortfield", "name"}};
  params[since::HostGroupsSelect(*version) ? "selectHostGroups" : "selectGroups"] = {"name"};
  if (!text.empty()) {
    params["search"] = {{"host", text}, {"name", text}};
    params["searchByAny"] = true;
  }
  const auto body = session.CallOne({"host.get", ToText(params)}, std::move(stop));
  if (!body) return std::unexpected(body.error());
  const auto result = ReadResult(*body);
  if (!result) return Context("zabbix host.get", result.error());
  try {
    std::vector<HostInfo> hosts;
    for (const Json& host : *result) {
      const auto hostid = ParseUint(host.at("hostid").get<std::string>());
      if (!hostid) return Fail(ErrorCode::kBadReply, "zabbix host.get: a host without an id");
      hosts.push_back(ToInfo(host, *hostid));
    }
    return hosts;
  } catch (const Json::exception&) {
    return Fail(ErrorCode::kBadReply, "zabbix host.get: a host of another shape than documented");
  }
}

}  // namespace mon::zabbix_connector
