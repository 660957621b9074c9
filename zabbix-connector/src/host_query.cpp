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

/// Each once, in the order in which they are first named.
template <typename Member>
std::vector<std::string> AllOf(std::span<const HostSelection> selections, Member member) {
  std::vector<std::string> all;
  std::set<std::string> known;
  for (const HostSelection& selection : selections)
    for (const std::string& entry : selection.*member)
      if (known.insert(entry).second) all.push_back(entry);
  return all;
}

/// Everything that some selections name, asked for once, and what Zabbix says to it.
class HostLookup {
 public:
  explicit HostLookup(std::span<const HostSelection> selections)
      : hosts_(AllOf(selections, &HostSelection::hosts)),
        groups_(AllOf(selections, &HostSelection::groups)),
        tags_(AllOf(selections, &HostSelection::tags)) {}

  Result<void> Ask(Session& session, const std::stop_token& stop) {
    if (auto asked = AskForNamed(session, stop); !asked) return asked;
    if (auto asked = AskForGroups(session, stop); !asked) return asked;
    return AskForTags(session, stop);
  }

  [[nodiscard]] ResolvedHosts Of(const HostSelection& selection) const {
    std::map<std::uint64_t, ZabbixHost> found;
    ResolvedHosts resolved;
    for (const std::string& entry : selection.hosts) {
      if (const ZabbixHost* host = Named(entry); host != nullptr)
        found[host->hostid] = *host;
      else
        resolved.unknown.push_back("host " + entry);
    }
    const auto add = [&](const std::vector<ZabbixHost>& hosts) {
      for (const ZabbixHost& host : hosts) found[host.hostid] = host;
    };
    for (const std::string& group : selection.groups) {
      if (const auto known = by_group_.find(group); known != by_group_.end())
        add(known->second);
      else
        resolved.unknown.push_back("host group " + group);
    }
    for (const std::string& tag : selection.tags) {
      add(by_tag_.at(tag));
      if (by_tag_.at(tag).empty()) resolved.unknown.push_back("hosts with tag " + tag);
    }
    for (auto& [hostid, host] : found) resolved.hosts.push_back(std::move(host));
    return resolved;
  }

 private:
  /// An entry of digits is an id where there is such a host, else a name.
  [[nodiscard]] const ZabbixHost* Named(const std::string& entry) const {
    const auto id = ParseUint(entry);
    if (const auto host = id ? by_id_.find(*id) : by_id_.end(); host != by_id_.end())
      return &host->second;
    const auto host = by_name_.find(entry);
    return host == by_name_.end() ? nullptr : &host->second;
  }

  Result<void> AskForNamed(Session& session, const std::stop_token& stop) {
    if (hosts_.empty()) return {};
    Json ids = Json::array();
    for (const std::string& entry : hosts_)
      if (ParseUint(entry)) ids.push_back(entry);
    std::vector<Call> calls = {HostGet({{"filter", {{"host", hosts_}}}})};
    if (!ids.empty()) calls.push_back(HostGet({{"hostids", ids}}));
    const auto found = AskForHosts(session, calls, stop);
    if (!found) return std::unexpected(found.error());
    for (const ZabbixHost& host : found->front()) by_name_[host.host] = host;
    if (!ids.empty())
      for (const ZabbixHost& host : found->back()) by_id_[host.hostid] = host;
    return {};
  }

  Result<void> AskForGroups(Session& session, const std::stop_token& stop) {
    if (groups_.empty()) return {};
    const Call call = {"hostgroup.get",
                       ToText({{"output", {"groupid", "name"}}, {"filter", {{"name", groups_}}}})};
    const auto groups = ReadGroups(std::move(session.CallAll({&call, 1}, stop).front()));
    if (!groups) return std::unexpected(groups.error());
    std::vector<Call> calls;
    for (const auto& [name, id] : *groups)
      calls.push_back(HostGet({{"groupids", Json::array({id})}, {"monitored_hosts", true}}));
    auto found = AskForHosts(session, calls, stop);
    if (!found) return std::unexpected(found.error());
    auto hosts = found->begin();
    for (const auto& [name, id] : *groups) by_group_[name] = std::move(*hosts++);
    return {};
  }

  Result<void> AskForTags(Session& session, const std::stop_token& stop) {
    std::vector<Call> calls;
    for (const std::string& tag : tags_) calls.push_back(HostGet(TagParams(tag)));
    auto found = AskForHosts(session, calls, stop);
    if (!found) return std::unexpected(found.error());
    for (std::size_t i = 0; i < tags_.size(); ++i) by_tag_[tags_[i]] = std::move((*found)[i]);
    return {};
  }

  /// The hosts of each call. Not more calls at once than a frontend has processes for.
  static Result<std::vector<std::vector<ZabbixHost>>> AskForHosts(Session& session,
                                                                  std::span<const Call> calls,
                                                                  const std::stop_token& stop) {
    constexpr std::size_t kAtOnce = 8;
    std::vector<std::vector<ZabbixHost>> found;
    for (std::size_t i = 0; i < calls.size(); i += kAtOnce) {
      for (Outcome& outcome :
           session.CallAll(calls.subspan(i, std::min(kAtOnce, calls.size() - i)), stop)) {
        auto hosts = ReadHosts(std::move(outcome));
        if (!hosts) return std::unexpected(std::move(hosts.error()));
        found.push_back(*std::move(hosts));
      }
    }
    return found;
  }

  std::vector<std::string> hosts_, groups_, tags_;
  std::map<std::uint64_t, ZabbixHost> by_id_;
  std::map<std::string, ZabbixHost> by_name_;
  std::map<std::string, std::vector<ZabbixHost>> by_group_;  ///< those that there are
  std::map<std::string, std::vector<ZabbixHost>> by_tag_;
};

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

Result<std::vector<ResolvedHosts>> ResolveHosts(Session& session,
                                                std::span<const HostSelection> selections,
                                                const std::stop_token& stop) {
  HostLookup lookup(selections);
  if (auto asked = lookup.Ask(session, stop); !asked) return std::unexpected(asked.error());
  std::vector<ResolvedHosts> resolved;
  resolved.reserve(selections.size());
  for (const HostSelection& selection : selections) resolved.push_back(lookup.Of(selection));
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
