#include "options.h"

#include <fmt/format.h>

#include <filesystem>

namespace mon::mysql {
namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* kSystemAuthoritiesDirectory = "/etc/ssl/certs";

/// sslCA and sslCAPath are both read where both are set, which is how `ca_file` comes to stand
/// besides the system's authorities. Only sslVerify refuses a server without TLS and checks the
/// host name.
Result<void> AddTls(const MysqlConfig& config, sql::ConnectOptionsMap& map) {
  if (config.tls == MysqlTls::kOff) {
    map["sslVerify"] = false;  // newer client libraries verify unless told not to
    return {};
  }
  if (!config.socket.empty())
    return Fail(ErrorCode::kConfig, "mysql: TLS verify needs a host, not a socket");
  std::filesystem::path authorities = config.tls_ca;
  if (authorities.empty()) authorities = config.ca_file;
  if (!authorities.empty() && config.tls_ca.empty())
    map["sslCAPath"] = sql::SQLString(kSystemAuthoritiesDirectory);
  if (authorities.empty()) authorities = kSystemAuthorities;
  std::error_code error;
  if (!std::filesystem::is_regular_file(authorities, error))
    return Fail(ErrorCode::kConfig,
                fmt::format("mysql: no certificate authorities in {}", authorities.string()));
  map["sslCA"] = sql::SQLString(authorities.string());
  map["sslVerify"] = true;
  return {};
}

}  // namespace

Result<sql::ConnectOptionsMap> BuildOptions(const MysqlConfig& config,
                                            const std::optional<HostPort>& host,
                                            const ConnectOptions& options) {
  // Of the admin account each part that is not set is that of the runtime account.
  const bool admin = options.account == Account::kAdmin;
  const std::string& user = admin && !config.admin_user.empty() ? config.admin_user : config.user;
  const Secret& password =
      admin && !config.admin_password.empty() ? config.admin_password : config.password;
  sql::ConnectOptionsMap map;
  // The connector takes exactly these C++ types: int, bool, sql::SQLString.
  if (host) {
    // The connector reads a host as the beginning of a URI.
    map["hostName"] =
        sql::SQLString(host->host.contains(':') ? fmt::format("[{}]", host->host) : host->host);
    map["port"] = static_cast<int>(host->port);
  } else {
    map["hostName"] = sql::SQLString("localhost");
    map["socket"] = sql::SQLString(config.socket);
  }
  map["OPT_CONNECT_TIMEOUT"] = static_cast<int>(options.connect_timeout.count());
  map["userName"] = sql::SQLString(user);
  map["password"] = sql::SQLString(password.Reveal());
  map["schema"] = sql::SQLString(config.database);
  map["OPT_READ_TIMEOUT"] = static_cast<int>(options.read_timeout.count());
  map["OPT_WRITE_TIMEOUT"] = static_cast<int>(options.read_timeout.count());
  map["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  map["OPT_LOCAL_INFILE"] = 0;
  map["OPT_RECONNECT"] = false;
  map["CLIENT_MULTI_STATEMENTS"] = false;
  map["CLIENT_COMPRESS"] = config.compression;
  if (auto done = AddTls(config, map); !done) return std::unexpected(done.error());
  return map;
}

std::string SessionStatement(const ConnectOptions& options) {
  // /*M! … */ is for MariaDB alone; MariaDB passes over /*!80000 … */ (50700 to 99999 are MySQL's).
  return fmt::format(
      "SET time_zone = '+00:00', sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,"
      "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
      "NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 10, lock_wait_timeout = 20"
      " /*M!100100 , tx_isolation = 'READ-COMMITTED', max_statement_time = {} */"
      " /*!80000 , transaction_isolation = 'READ-COMMITTED', max_execution_time = {} */",
      options.statement_timeout.count(), options.statement_timeout.count() * 1000);
}

}  // namespace mon::mysql
