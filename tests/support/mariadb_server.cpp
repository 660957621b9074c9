#include "support/mariadb_server.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "common/clock.h"
#include "common/text.h"
#include "data_aggregator/migrate.h"
#include "support/paths.h"

namespace mon::test {
namespace {

/// What a test asks for comes last, and counts.
std::vector<std::string> WithEnvironment(const std::vector<std::string>& of_test) {
  std::vector<std::string> arguments{"--throwaway"};
  if (const char* more = std::getenv("MON_TEST_DATABASE"); more != nullptr) {
    for (std::string& part : SplitList(more, ' ')) arguments.push_back(std::move(part));
  }
  arguments.insert(arguments.end(), of_test.begin(), of_test.end());
  return arguments;
}

template <typename T>
T OrThrow(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

constexpr std::pair<Account, const char*> kNames[] = {{Account::kAdmin, "admin"},
                                                      {Account::kAggregator, "aggregator"},
                                                      {Account::kProcessor, "processor"},
                                                      {Account::kGrafana, "grafana"}};

std::string NameOf(Account account) {
  for (const auto& [known, name] : kNames)
    if (known == account) return name;
  return "root";
}

void ReplaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

/// sql/accounts.sql for a database and accounts of another name.
std::vector<std::string> AccountStatements(const std::string& database) {
  std::ifstream file(SqlDirectory() + "/accounts.sql");
  std::string text;
  for (std::string line; std::getline(file, line);)
    if (!line.starts_with("--")) text += line + "\n";
  ReplaceAll(text, "monitoring_db", database);
  ReplaceAll(text, "'monitoring_", "'" + database + "_");
  for (const auto& [account, name] : kNames)
    ReplaceAll(text, std::string("<") + name + "-password>", std::string(name) + "-Secret.1");
  return SplitList(text, ';');
}

}  // namespace

MariadbServer& MariadbServer::Shared() {
  static MariadbServer server;
  return server;
}

MariadbServer::MariadbServer(const std::vector<std::string>& arguments)
    : server_(std::make_unique<TestServer>("mariadb", directory_.Path() + "/db",
                                           WithEnvironment(arguments))) {}

// The server goes before its directory does.
MariadbServer::~MariadbServer() { server_.reset(); }

std::uint16_t MariadbServer::Port() const {
  return static_cast<std::uint16_t>(std::stoi(server_->Fact("port")));
}
std::string MariadbServer::Socket() const { return server_->Fact("socket"); }
std::string MariadbServer::CaFile() const { return server_->Fact("ca"); }
std::string MariadbServer::Version() const { return server_->Fact("version"); }
bool MariadbServer::IsMysql() const { return server_->Fact("server") == "mysql"; }

MysqlConfig MariadbServer::Config(Account account, const std::string& database) const {
  MysqlConfig config;
  config.hosts = {{"127.0.0.1", Port()}};
  config.database = database;
  if (account == Account::kRoot) {
    config.user = server_->Fact("user");
    config.password = Secret(server_->Fact("password"));
  } else {
    config.user = database + "_" + NameOf(account);
    config.password = Secret(NameOf(account) + "-Secret.1");
    config.admin_user = database + "_admin";
    config.admin_password = Secret("admin-Secret.1");
  }
  return config;
}

TestDatabase::TestDatabase(MariadbServer& server, const Options& options) : server_(server) {
  // User names have at most 32 characters in MySQL.
  static std::atomic<int> count = 0;
  name_ = "t" + std::to_string(getpid()) + "_" + std::to_string(++count);
  MysqlConfig config = server.Config(Account::kRoot, "mysql");
  root_ = std::make_unique<mysql::Connection>(OrThrow(mysql::Connection::Open(config)));
  for (const std::string& statement : AccountStatements(name_)) Execute(statement);
  Execute("USE " + name_);
  if (!options.migrate) return;
  auto admin =
      OrThrow(mysql::Connection::Open(Config(Account::kAdmin), data_aggregator::AdminOptions()));
  data_aggregator::MigrateOptions migrate;
  migrate.now = SystemClock().Now();
  OrThrow(data_aggregator::Migrate(admin, migrate));
}

TestDatabase::~TestDatabase() {
  (void)root_->Execute("DROP DATABASE IF EXISTS " + name_);
  for (const auto& [account, name] : kNames)
    (void)root_->Execute("DROP USER IF EXISTS '" + name_ + "_" + name + "'@'%'");
}

MysqlConfig TestDatabase::Config(Account account) const { return server_.Config(account, name_); }

mysql::Connection TestDatabase::Connect(Account account,
                                        const mysql::ConnectOptions& options) const {
  return OrThrow(mysql::Connection::Open(Config(account), options));
}

std::map<std::string, std::string> TestDatabase::Environment(Account account) const {
  const MysqlConfig config = Config(account);
  return {{"MYSQL_HOST", "127.0.0.1"},
          {"MYSQL_PORT", std::to_string(server_.Port())},
          {"MYSQL_USER", config.user},
          {"MYSQL_PASSWORD", config.password.Reveal()},
          {"MYSQL_DATABASE", name_},
          {"MONITORING_STATE_DIR", state_.Path()},
          {"MYSQL_ADMIN_USER", config.admin_user},
          {"MYSQL_ADMIN_PASSWORD", config.admin_password.Reveal()}};
}

std::uint64_t TestDatabase::Execute(const std::string& sql,
                                    const std::vector<mysql::Value>& params) {
  return OrThrow(root_->Execute(sql, params));
}

std::vector<std::vector<std::string>> TestDatabase::Query(const std::string& sql) {
  auto rows = OrThrow(root_->Query(sql));
  std::vector<std::vector<std::string>> all;
  while (rows.Next()) {
    std::vector<std::string> row;
    for (unsigned column = 0; column < rows.Columns(); ++column)
      row.push_back(rows.IsNull(column) ? "NULL" : rows.Text(column));
    all.push_back(std::move(row));
  }
  return all;
}

std::string TestDatabase::QueryOne(const std::string& sql) {
  const auto rows = Query(sql);
  return rows.empty() || rows[0].empty() ? "" : rows[0][0];
}

}  // namespace mon::test
