#include "target.h"

#include <fmt/format.h>

#include <filesystem>

namespace mon::mysql {
namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* kSystemAuthoritiesDirectory = "/etc/ssl/certs";

/// A file and a directory are both read where both are set, which is how `ca_file` comes to stand
/// besides the system's authorities.
Result<void> AddTls(const MysqlConfig& config, Target& target) {
  if (config.tls == MysqlTls::kOff) return {};
  if (!config.socket.empty())
    return Fail(ErrorCode::kConfig, "mysql: TLS verify needs a host, not a socket");
  std::filesystem::path authorities = config.tls_ca;
  if (authorities.empty()) authorities = config.ca_file;
  if (!authorities.empty() && config.tls_ca.empty())
    target.authorities_directory = kSystemAuthoritiesDirectory;
  if (authorities.empty()) authorities = kSystemAuthorities;
  std::error_code error;
  if (!std::filesystem::is_regular_file(authorities, error))
    return Fail(ErrorCode::kConfig,
                fmt::format("mysql: no certificate authorities in {}", authorities.string()));
  target.authorities = authorities.string();
  target.verify = true;
  return {};
}

}  // namespace

Result<Target> MakeTarget(const MysqlConfig& config, const std::optional<HostPort>& host,
                          const ConnectOptions& options) {
  // Of the admin account each part that is not set is that of the runtime account.
  const bool admin = options.account == Account::kAdmin;
  Target target{
      .host = host,
      .socket = config.socket,
      .user = admin && !config.admin_user.empty() ? config.admin_user : config.user,
      .password = admin && !config.admin_password.empty() ? config.admin_password : config.password,
      .database = config.database,
      .connect_timeout = options.connect_timeout,
      .answer_timeout = options.read_timeout,
      .compression = config.compression,
      .authorities = {},
      .authorities_directory = {}};
  if (auto done = AddTls(config, target); !done) return std::unexpected(done.error());
  return target;
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
