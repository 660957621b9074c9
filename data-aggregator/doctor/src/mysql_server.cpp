#include "mysql_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/text.h"

namespace mon::data_aggregator::doctor {
namespace {

std::string NameOf(const MysqlConfig& config) {
  return config.socket.empty() ? FormatHostPort(config.hosts.front()) : config.socket;
}

/// Without "mysql SERVER: " before it, where the server stands beside it already.
std::string WithoutServer(const std::string& message, const std::string& server) {
  const std::string prefix = fmt::format("mysql {}: ", server);
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

class Examination {
 public:
  Examination(mysql::Connection& connection, std::string server, bool one_of_several,
              const Clock& clock, Outcome& outcome)
      : connection_(connection),
        server_(std::move(server)),
        one_of_several_(one_of_several),
        clock_(clock),
        outcome_(outcome) {}

  void Run() {
    CheckVersion();
    CheckWritable();
    CheckNode();
    ReadClock();
  }

 private:
  void CheckVersion() {
    if (!IsTooOld(connection_.ServerVersion(), connection_.IsMariaDb())) return;
    outcome_.Warn(server_, connection_.ServerVersion() + " is older than what has been tried",
                  "use MariaDB 10.5, MySQL 8.0 or later");
  }

  void CheckWritable() {
    auto rows = connection_.Query("SELECT @@global.read_only");
    if (!rows) return Trouble(rows.error());
    if (!rows->Next() || rows->Int(0) == 0) return;
    if (one_of_several_)
      outcome_.Warn(server_, "the server is read-only: it is passed over",
                    "make it writable where it is to take the place of another one");
    else
      outcome_.Fail(server_, "the server is read-only",
                    "set mysql.hosts to the server that takes writes, or SET GLOBAL read_only = 0");
  }

  void CheckNode() {
    const auto cluster = Values("SHOW VARIABLES LIKE 'wsrep_on'");
    const auto on = cluster.find("wsrep_on");
    if (on == cluster.end() || on->second != "ON") return;
    auto status = Values("SHOW STATUS LIKE 'wsrep_%'");
    outcome_.findings.push_back(
        JudgeNode(server_, {status["wsrep_ready"], status["wsrep_cluster_status"],
                            status["wsrep_cluster_size"], status["wsrep_local_state_comment"]}));
  }

  /// Against the middle of the time that the question took.
  void ReadClock() {
    const TimePoint before = clock_.Now();
    auto rows = connection_.Query("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");
    const TimePoint middle = before + (clock_.Now() - before) / 2;
    if (!rows) return Trouble(rows.error());
    if (!rows->Next()) return;
    const TimePoint theirs{std::chrono::milliseconds(rows->Int(0))};
    outcome_.clocks.push_back({server_, theirs - middle});
  }

  std::map<std::string, std::string> Values(std::string_view sql) {
    std::map<std::string, std::string> values;
    auto rows = connection_.Query(sql);
    if (!rows) Trouble(rows.error());
    while (rows && rows->Next()) values[rows->Text(0)] = rows->Text(1);
    return values;
  }

  void Trouble(const Error& error) {
    const Told told = SplitAdvice(WithoutServer(error.message, server_));
    outcome_.Fail(server_, told.problem, told.remedy.empty() ? MysqlRemedy(error) : told.remedy);
  }

  mysql::Connection& connection_;
  std::string server_;
  bool one_of_several_;
  const Clock& clock_;
  Outcome& outcome_;
};

}  // namespace

mysql::ConnectOptions QuickOptions(mysql::Account account) {
  mysql::ConnectOptions options;
  options.account = account;
  options.connect_timeout = std::chrono::seconds(5);
  options.read_timeout = std::chrono::seconds(10);
  options.statement_timeout = std::chrono::seconds(10);
  return options;
}

MysqlConfig WithoutDatabase(MysqlConfig config) {
  config.database = "information_schema";
  return config;
}

std::string MysqlRemedy(const Error& error) {
  if (error.message.contains("not encrypted") || error.message.contains("SSL") ||
      error.message.contains("TLS") || error.message.contains("certificate"))
    return "set tls_ca of [mysql] (or CA_FILE) to the authority that signed the server's "
           "certificate, and use a host name in mysql.hosts that the certificate has";
  switch (error.code) {
    case ErrorCode::kRejected:
      return "check MYSQL_USER and MYSQL_PASSWORD, and from which hosts the account is let in "
             "(sql/accounts.sql)";
    case ErrorCode::kTimeout:
      return "is the server overloaded, or a firewall in between?";
    case ErrorCode::kUnavailable:
      return "does the server run, does it listen on the network (bind-address), and is "
             "mysql.hosts "
             "(MYSQL_HOST, MYSQL_PORT) right?";
    default:
      return "the server's error log says more";
  }
}

bool IsTooOld(std::string_view version, bool mariadb) {
  const std::vector<std::string> parts =
      SplitList(version.substr(0, version.find_first_not_of("0123456789.")), '.');
  if (parts.size() < 2) return false;
  const std::pair found{ParseUint(parts[0]).value_or(0), ParseUint(parts[1]).value_or(0)};
  return found < (mariadb ? std::pair<std::uint64_t, std::uint64_t>{10, 5}
                          : std::pair<std::uint64_t, std::uint64_t>{8, 0});
}

Finding JudgeNode(const std::string& server, const NodeState& node) {
  if (node.ready == "ON" && node.cluster == "Primary")
    return {Status::kOk,
            server,
            fmt::format("{} in a Galera cluster of {}", node.state, node.size),
            {}};
  return {Status::kFailed, server,
          fmt::format("the node is not part of its cluster ({}, {}, {} in sight)", node.cluster,
                      node.state, node.size),
          "restore the connection to the other nodes, or start the cluster anew from the most "
          "advanced one; the node's error log says what it waits for"};
}

Outcome ExamineServer(const MysqlConfig& config, bool one_of_several, const Clock& clock) {
  Outcome outcome;
  const std::string server = NameOf(config);
  auto connection =
      mysql::Connection::Open(WithoutDatabase(config), QuickOptions(mysql::Account::kRuntime));
  if (!connection) {
    const Told told = SplitAdvice(WithoutServer(connection.error().message, server));
    outcome.Fail(server, told.problem,
                 told.remedy.empty() ? MysqlRemedy(connection.error()) : told.remedy);
    return outcome;
  }
  outcome.Ok(server, fmt::format("{}{} lets {} in, TLS {}", connection->IsMariaDb() ? "" : "MySQL ",
                                 connection->ServerVersion(), QuoteJson(config.user),
                                 config.tls == MysqlTls::kVerify ? "verified" : "off"));
  Examination(*connection, server, one_of_several, clock, outcome).Run();
  return outcome;
}

}  // namespace mon::data_aggregator::doctor
