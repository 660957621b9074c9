#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "buffer_pool.h"
#include "checks.h"
#include "common/text.h"
#include "data_aggregator/migrate.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "mysql_server.h"
#include "outbox.h"
#include "rights.h"

namespace mon::data_aggregator::doctor {
namespace {

using mysql::Account;
using mysql::Connection;

constexpr int kDaysAhead = 7;

void Fail(Outcome& outcome, std::string subject, const Error& error) {
  Told told = SplitAdvice(error.message);
  outcome.Fail(std::move(subject), std::move(told.problem),
               told.remedy.empty() ? MysqlRemedy(error) : std::move(told.remedy));
}

bool IsOutOfReach(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kTimeout;
}

std::string_view AdminUser(const MysqlConfig& config) {
  return config.admin_user.empty() ? config.user : config.admin_user;
}

/// What is in our database, as far as it can be got at.
class Database {
 public:
  Database(const Config& config, const Clock& clock) : config_(config), clock_(clock) {}

  Outcome Examine() {
    auto connection = Connection::Open(config_.mysql, QuickOptions(Account::kRuntime));
    if (!connection) {
      CannotOpen(connection.error());
      return std::move(outcome_);
    }
    if (!CheckSchema(*connection)) return std::move(outcome_);
    outcome_.findings.push_back(
        ExamineRights(*connection, config_.mysql.user, config_.mysql.database, AggregatorRights()));
    ReadLeases(*connection);
    if (!config_.zabbix.url.empty()) {
      CheckPartitions(*connection);
      CheckBufferPool(*connection);
    }
    CheckOutbox(*connection);
    return std::move(outcome_);
  }

 private:
  /// Trouble with the servers is told where each of them is: here only what concerns the database.
  void CannotOpen(const Error& error) {
    const std::string& name = config_.mysql.database;
    if (!IsOutOfReach(error) &&
        Connection::Open(WithoutDatabase(config_.mysql), QuickOptions(Account::kRuntime)))
      Fail(outcome_, name, error);
    else
      outcome_.Fail(name, "not looked at: no server can be used",
                    "mend what keeps us from the server, as said above");
  }

  /// True where there are tables to look at.
  bool CheckSchema(Connection& connection) {
    const auto version = mysql::CheckSchema(connection);
    if (version) {
      outcome_.Ok("schema", fmt::format("version {}.{} in {}", version->major, version->minor,
                                        config_.mysql.database));
      return true;
    }
    if (version.error().code == ErrorCode::kRejected) return true;  // its rights are told next
    Fail(outcome_, "schema", version.error());
    return false;
  }

  void ReadLeases(Connection& connection) {
    auto rows = connection.Query(
        "SELECT name, owner_host, owner_pid, DATE_FORMAT(acquired_at, '%Y-%m-%d %H:%i:%s'),"
        " expires_at > NOW(3) FROM leases WHERE expires_at IS NOT NULL ORDER BY name");
    if (!rows) return Hidden("leases", rows.error());
    std::vector<std::string> held;
    while (rows->Next())
      held.push_back(fmt::format("{}: host {}, pid {}, since {} UTC{}", rows->Text(0),
                                 rows->Text(1), rows->Int(2), rows->Text(3),
                                 rows->Int(4) != 0 ? "" : ", run out"));
    outcome_.Ok("leases", held.empty() ? "none is held: no run is at work"
                                       : fmt::format("{}", fmt::join(held, "; ")));
  }

  /// Without them nothing is lost, but retention cannot take a day out.
  void CheckPartitions(Connection& connection) {
    const auto missing = CountMissingPartitions(connection, clock_.Now(), kDaysAhead);
    if (!missing) return Fail(outcome_, "partitions", missing.error());
    if (*missing > 0)
      outcome_.Warn("partitions",
                    fmt::format("zabbix_history lacks {} of the days up to {} days ahead", *missing,
                                kDaysAhead),
                    "run data-aggregator --migrate; the aggregator makes them by itself where "
                    "MYSQL_ADMIN_USER has the right ALTER");
    else
      outcome_.Ok("partitions", fmt::format("zabbix_history has {} days ahead", kDaysAhead));
  }

  void CheckBufferPool(Connection& connection) {
    const auto pool = ReadBufferPool(connection);
    if (!pool) return Hidden("buffer pool", pool.error());
    outcome_.findings.push_back(JudgeBufferPool(*pool));
  }

  /// The accounts of sql/accounts.sql keep mails from the aggregator: then the admin is asked.
  void CheckOutbox(Connection& connection) {
    auto state = ReadOutbox(connection);
    if (!state && state.error().code == ErrorCode::kRejected && !config_.mysql.admin_user.empty()) {
      if (auto admin = Connection::Open(config_.mysql, QuickOptions(Account::kAdmin)))
        state = ReadOutbox(*admin);
    }
    if (!state) return Hidden("outbox", state.error());
    std::ranges::move(JudgeOutbox(*state), std::back_inserter(outcome_.findings));
  }

  /// What an account may not read is none of its business; the rights it needs are told apart.
  void Hidden(const std::string& subject, const Error& error) {
    if (error.code != ErrorCode::kRejected) return Fail(outcome_, subject, error);
    outcome_.Ok(subject, "not looked at: this account may not read it");
  }

  const Config& config_;
  const Clock& clock_;
  Outcome outcome_;
};

Outcome ExamineAdmin(const MysqlConfig& config) {
  Outcome outcome;
  const std::string subject = "admin account";
  const std::string user = QuoteJson(AdminUser(config));
  auto connection = Connection::Open(WithoutDatabase(config), QuickOptions(Account::kAdmin));
  if (!connection) {
    // What is no matter of this account is told already, where each server is.
    if (!config.admin_user.empty() && !IsOutOfReach(connection.error()))
      Fail(outcome, subject, connection.error());
    return outcome;
  }
  auto rows = connection->Query("SHOW GRANTS");
  if (!rows) {
    Fail(outcome, subject, rows.error());
    return outcome;
  }
  std::vector<std::string> grants;
  while (rows->Next()) grants.push_back(rows->Text(0));
  const Granted granted = ReadGrants(grants, config.database);
  if (granted.missing.empty()) {
    outcome.Ok(subject, user + " may migrate, make partitions and archive");
    return outcome;
  }
  const std::string lacks =
      fmt::format("{} lacks {} on {}{}", user, fmt::join(granted.missing, ", "), config.database,
                  granted.by_role ? ", unless a role gives it" : "");
  if (config.admin_user.empty())
    outcome.Warn(subject, lacks + ": --migrate, partitions ahead and retention need it",
                 "set MYSQL_ADMIN_USER and MYSQL_ADMIN_PASSWORD to the admin account of "
                 "sql/accounts.sql");
  else if (granted.by_role)
    outcome.Warn(subject, lacks, "where it does not, grant it what sql/accounts.sql grants");
  else
    outcome.Fail(subject, lacks,
                 fmt::format("grant it what sql/accounts.sql grants to the admin: GRANT {} ON {}.* "
                             "TO {}",
                             fmt::join(granted.missing, ", "), config.database, user));
  return outcome;
}

/// One for each server, by itself.
std::vector<MysqlConfig> Servers(const MysqlConfig& config) {
  if (!config.socket.empty()) return {config};
  std::vector<MysqlConfig> servers;
  for (const HostPort& host : config.hosts) {
    servers.push_back(config);
    servers.back().hosts = {host};
  }
  return servers;
}

}  // namespace

std::vector<Check> MysqlChecks(const Config& config, const Clock& clock) {
  std::vector<Check> checks;
  const std::vector<MysqlConfig> servers = Servers(config.mysql);
  for (const MysqlConfig& server : servers)
    checks.push_back({Group::kMysql,
                      server.socket.empty() ? FormatHostPort(server.hosts.front()) : server.socket,
                      [server, several = servers.size() > 1, &clock](const std::stop_token&) {
                        return ExamineServer(server, several, clock);
                      }});
  checks.push_back(
      {Group::kMysql, config.mysql.database,
       [&config, &clock](const std::stop_token&) { return Database(config, clock).Examine(); }});
  checks.push_back({Group::kMysql, "admin account",
                    [&config](const std::stop_token&) { return ExamineAdmin(config.mysql); }});
  return checks;
}

}  // namespace mon::data_aggregator::doctor
