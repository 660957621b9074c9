#pragma once

#include <cppconn/connection.h>

#include <optional>

#include "mysql/connection.h"

namespace mon::mysql {

/// The connector's options for one host (none: the socket).
///
/// The connector passes silently over an option it does not know, and several that look right do
/// nothing (OPT_SSL_MODE), so this is the one place that spells them. Fails with kConfig where
/// `verify` has no authority to trust.
[[nodiscard]] Result<sql::ConnectOptionsMap> BuildOptions(const MysqlConfig& config,
                                                          const std::optional<HostPort>& host,
                                                          const ConnectOptions& options);

/// One statement that sets the session up, understood by MariaDB and MySQL alike.
[[nodiscard]] std::string SessionStatement(const ConnectOptions& options);

}  // namespace mon::mysql
