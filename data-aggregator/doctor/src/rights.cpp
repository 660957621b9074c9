#include "rights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/text.h"

namespace mon::data_aggregator::doctor {
namespace {

std::string ExplainOf(std::string_view right, const TableRights& table) {
  if (right == "SELECT") return fmt::format("EXPLAIN SELECT * FROM {}", table.table);
  if (right == "INSERT") return fmt::format("EXPLAIN INSERT INTO {} VALUES ()", table.table);
  if (right == "UPDATE")
    return fmt::format("EXPLAIN UPDATE {} SET {} = NULL", table.table, table.column);
  return fmt::format("EXPLAIN DELETE FROM {}", table.table);
}

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return upper;
}

/// True where the scope of a grant ("*.*", "`monitoring\_db`.*") covers all of `database`. In the
/// name `_` and `%` are wildcards, unless a backslash stands before them.
bool Covers(std::string_view scope, std::string_view database) {
  if (scope == "*.*") return true;
  constexpr std::string_view kAll = ".*";
  if (!scope.ends_with(kAll)) return false;
  scope.remove_suffix(kAll.size());
  std::string pattern;
  for (std::size_t i = 0; i < scope.size(); ++i) {
    if (scope[i] == '`') continue;
    if (scope[i] == '\\' && i + 1 < scope.size())
      pattern += scope[++i];
    else if (scope[i] == '_')
      pattern += '?';
    else
      pattern += scope[i] == '%' ? '*' : scope[i];
  }
  return GlobMatch(pattern, database);
}

/// "GRANT PRIVILEGES ON SCOPE TO …", taken apart; no scope where it grants a role.
struct Grant {
  std::string_view privileges;
  std::string_view scope;
};

Grant Parse(std::string_view line) {
  constexpr std::string_view kGrant = "GRANT ";
  constexpr std::string_view kOn = " ON ";
  constexpr std::string_view kTo = " TO ";
  if (!line.starts_with(kGrant)) return {};
  const auto on = line.find(kOn);
  const auto to = line.find(kTo, on == std::string_view::npos ? 0 : on);
  if (to == std::string_view::npos) return {};
  if (on == std::string_view::npos || on > to) return {line.substr(0, to), {}};
  return {line.substr(kGrant.size(), on - kGrant.size()),
          line.substr(on + kOn.size(), to - on - kOn.size())};
}

std::string GrantStatement(const TableRights& missing, const std::string& database,
                           const std::string& account) {
  return fmt::format("GRANT {} ON {}.{} TO {}", fmt::join(missing.rights, ", "), database,
                     missing.table, account);
}

/// CURRENT_USER() as a statement takes it: 'name'@'host'.
std::string AccountOf(mysql::Connection& connection) {
  auto rows = connection.Query("SELECT CURRENT_USER()");
  if (!rows || !rows->Next()) return "the account";
  const std::string account = rows->Text(0);
  const auto at = account.rfind('@');
  return fmt::format("'{}'@'{}'", account.substr(0, at),
                     at == std::string::npos ? "%" : account.substr(at + 1));
}

}  // namespace

std::span<const TableRights> AggregatorRights() {
  static const std::vector<TableRights> kRights = {
      {"schema_version", {"SELECT"}, ""},
      {"leases", {"SELECT", "INSERT", "UPDATE"}, "expires_at"},
      {"hyphenmon_metrics", {"SELECT", "INSERT", "DELETE"}, ""},
      {"zabbix_items", {"SELECT", "INSERT", "UPDATE"}, "lastvalue"},
      {"zabbix_history", {"SELECT", "INSERT", "UPDATE"}, "value"},
      {"sources", {"SELECT", "INSERT", "UPDATE"}, "error"},
      {"zabbix_hosts", {"SELECT", "INSERT", "UPDATE"}, "name"},
      {"application_hosts", {"SELECT", "INSERT", "DELETE"}, ""},
      {"quarantine", {"SELECT", "INSERT", "UPDATE"}, "reason"},
      {"watches", {"SELECT", "INSERT", "UPDATE"}, "detail"},
      {"alerts", {"SELECT", "INSERT", "UPDATE"}, "summary"},
      {"alert_events", {"SELECT", "INSERT"}, ""},
      {"notifications", {"SELECT", "INSERT"}, ""},
      {"notification_recipients", {"SELECT", "INSERT"}, ""},
      {"notification_attempts", {"SELECT"}, ""},
      {"alert_tellings", {"SELECT", "INSERT", "UPDATE"}, "told_at"},
      {"notification_alerts", {"SELECT", "INSERT"}, ""},
  };
  return kRights;
}

Finding ExamineRights(mysql::Connection& connection, const std::string& user,
                      const std::string& database, std::span<const TableRights> tables) {
  const std::string subject = "rights";
  std::vector<TableRights> missing;
  for (const TableRights& table : tables) {
    TableRights lacks{table.table, {}, {}};
    for (const std::string& right : table.rights) {
      const auto explained = connection.Query(ExplainOf(right, table));
      if (explained) continue;
      if (explained.error().code != ErrorCode::kRejected) {
        Told told = SplitAdvice(explained.error().message);
        return {Status::kFailed, subject, std::move(told.problem),
                told.remedy.empty() ? "run data-aggregator --migrate" : std::move(told.remedy)};
      }
      lacks.rights.push_back(right);
    }
    if (!lacks.rights.empty()) missing.push_back(std::move(lacks));
  }
  if (missing.empty())
    return {Status::kOk,
            subject,
            fmt::format("{} may do what data-aggregator does", QuoteJson(user)),
            {}};
  std::vector<std::string> lacking;
  std::vector<std::string> grants;
  const std::string account = AccountOf(connection);
  for (const TableRights& table : missing) {
    lacking.push_back(fmt::format("{} on {}", fmt::join(table.rights, ", "), table.table));
    grants.push_back(GrantStatement(table, database, account));
  }
  return {Status::kFailed, subject,
          fmt::format("{} lacks {}", QuoteJson(user), fmt::join(lacking, "; ")),
          fmt::format("grant it what sql/accounts.sql grants to the aggregator: {}",
                      fmt::join(grants, "; "))};
}

Granted ReadGrants(std::span<const std::string> grants, std::string_view database) {
  std::set<std::string> has;
  Granted granted;
  for (const std::string& line : grants) {
    const Grant grant = Parse(line);
    if (grant.scope.empty()) {
      granted.by_role = granted.by_role || !grant.privileges.empty();
      continue;
    }
    if (!Covers(grant.scope, database)) continue;
    const std::string privileges = UpperCase(grant.privileges);
    if (privileges.starts_with("ALL PRIVILEGES")) has.insert(kAdminRights, std::end(kAdminRights));
    for (std::string& privilege : SplitList(privileges)) has.insert(std::move(privilege));
  }
  for (const std::string_view right : kAdminRights)
    if (!has.contains(std::string(right))) granted.missing.emplace_back(right);
  return granted;
}

}  // namespace mon::data_aggregator::doctor
