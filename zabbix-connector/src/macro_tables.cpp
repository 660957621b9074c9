#include "macro_tables.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "common/text.h"
#include "reply_rows.h"

namespace mon::zabbix_connector {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::uint64_t>;

/// Templates of templates of templates: deeper than this is a circle, which Zabbix forbids.
constexpr int kMaxLevels = 16;

/// One answer of host.get or template.get with selectParentTemplates.
Result<std::map<std::uint64_t, Ids>> ReadParents(const std::string& body, const char* id_name) {
  const auto result = ReadResult(body);
  if (!result) return std::unexpected(result.error());
  std::map<std::uint64_t, Ids> parents;
  try {
    for (const Json& row : *result) {
      Ids& ids = parents[ParseUint(row.at(id_name).get<std::string>()).value()];
      for (const Json& parent : row.at("parentTemplates"))
        ids.push_back(ParseUint(parent.at("templateid").get<std::string>()).value());
      std::ranges::sort(ids);
    }
  } catch (const std::exception&) {  // another shape than documented, or an id that is no number
    return Fail(ErrorCode::kBadReply, "zabbix template.get: an answer of another shape");
  }
  return parents;
}

Result<void> ReadMacroRows(Outcome outcome, const std::function<Macros*(std::uint64_t)>& table) {
  if (!outcome.body) return std::unexpected(std::move(outcome.body.error()));
  constexpr std::array<std::string_view, 4> kFields = {"macro", "value", "type", "hostid"};
  const auto read = ReadRows(*outcome.body, kFields, [&](std::span<const std::string_view> row) {
    Macros* macros = table(ParseUint(row[3]).value_or(0));
    const bool plain = row[2].empty() || row[2] == "0";  // else secret, or a place in a vault
    if (plain) (*macros)[std::string(row[0])] = row[1];
    return true;
  });
  if (!read) return Context("zabbix usermacro.get", read.error());
  return {};
}

}  // namespace

Result<MacroTables> MacroTables::Read(Session& session, std::span<const std::uint64_t> hostids,
                                      std::stop_token stop) {
  MacroTables tables;
  if (auto read = tables.ReadTemplates(session, hostids, stop); !read)
    return std::unexpected(std::move(read.error()));
  if (auto read = tables.ReadMacros(session, hostids, stop); !read)
    return std::unexpected(std::move(read.error()));
  return tables;
}

Result<void> MacroTables::ReadTemplates(Session& session, std::span<const std::uint64_t> hostids,
                                        std::stop_token stop) {
  Ids level(hostids.begin(), hostids.end());
  for (int depth = 0; depth < kMaxLevels && !level.empty(); ++depth) {
    const char* kind = depth == 0 ? "host" : "template";
    const std::string id_name = std::string(kind) + "id";
    const Json params = {{id_name + "s", IdList(level)},
                         {"output", Json::array({id_name})},
                         {"selectParentTemplates", Json::array({"templateid"})}};
    const auto body = session.CallOne({std::string(kind) + ".get", ToText(params)}, stop);
    if (!body) return std::unexpected(body.error());
    auto found = ReadParents(*body, id_name.c_str());
    if (!found) return std::unexpected(std::move(found.error()));
    std::set<std::uint64_t> next;
    for (auto& [id, parents] : *found) {
      next.insert(parents.begin(), parents.end());
      parents_[id] = std::move(parents);
    }
    std::erase_if(next, [&](std::uint64_t id) { return parents_.contains(id); });
    level.assign(next.begin(), next.end());
  }
  return {};
}

Result<void> MacroTables::ReadMacros(Session& session, std::span<const std::uint64_t> hostids,
                                     std::stop_token stop) {
  std::set<std::uint64_t> owners(hostids.begin(), hostids.end());
  for (const auto& [id, parents] : parents_) owners.insert(parents.begin(), parents.end());
  const Json output = {"hostid", "macro", "value", "type"};
  const Json own = {{"hostids", IdList(Ids(owners.begin(), owners.end()))}, {"output", output}};
  const Json global = {{"globalmacro", true}, {"output", {"macro", "value", "type"}}};
  const Call calls[] = {{"usermacro.get", ToText(own)}, {"usermacro.get", ToText(global)}};
  auto outcomes = session.CallAll(calls, std::move(stop));
  auto read = ReadMacroRows(std::move(outcomes[0]), [&](std::uint64_t id) { return &macros_[id]; });
  if (!read) return read;
  return ReadMacroRows(std::move(outcomes[1]), [&](std::uint64_t) { return &global_; });
}

std::string MacroTables::Resolve(std::string_view name, std::uint64_t hostid) const {
  std::vector<const Macros*> scopes;
  std::vector<std::uint64_t> level = {hostid};
  for (int depth = 0; depth < kMaxLevels && !level.empty(); ++depth) {
    std::set<std::uint64_t> next;
    for (const std::uint64_t id : level) {
      if (const auto own = macros_.find(id); own != macros_.end()) scopes.push_back(&own->second);
      if (const auto above = parents_.find(id); above != parents_.end())
        next.insert(above->second.begin(), above->second.end());
    }
    level.assign(next.begin(), next.end());
  }
  scopes.push_back(&global_);
  return ResolveUserMacros(name, scopes);
}

}  // namespace mon::zabbix_connector
