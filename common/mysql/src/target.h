#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "mysql/connection.h"

namespace mon::mysql {

/// Where a session goes to, and as whom.
struct Target {
  std::optional<HostPort> host;  ///< none: the socket
  std::string socket;
  std::string user;
  Secret password;
  std::string database;
  std::chrono::seconds connect_timeout{0};
  std::chrono::seconds answer_timeout{0};
  bool compression = false;
  bool verify = false;                ///< TLS, the chain and the host name, or no session
  std::string authorities;            ///< a file
  std::string authorities_directory;  ///< beside it; may be empty
};

/// Fails with kConfig where TLS is to be verified and there is no authority to trust.
[[nodiscard]] Result<Target> MakeTarget(const MysqlConfig& config,
                                        const std::optional<HostPort>& host,
                                        const ConnectOptions& options);

/// One statement that sets the session up, understood by MariaDB and MySQL alike.
[[nodiscard]] std::string SessionStatement(const ConnectOptions& options);

}  // namespace mon::mysql
