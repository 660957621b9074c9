#include "connector_options.h"

#include <fmt/format.h>

namespace mon::mysql {

sql::ConnectOptionsMap ConnectorOptions(const Target& target) {
  sql::ConnectOptionsMap map;
  // The connector takes exactly these C++ types: int, bool, sql::SQLString.
  if (target.host) {
    // The connector reads a host as the beginning of a URI.
    const std::string& host = target.host->host;
    map["hostName"] = sql::SQLString(host.contains(':') ? fmt::format("[{}]", host) : host);
    map["port"] = static_cast<int>(target.host->port);
  } else {
    map["hostName"] = sql::SQLString("localhost");
    map["socket"] = sql::SQLString(target.socket);
  }
  map["userName"] = sql::SQLString(target.user);
  map["password"] = sql::SQLString(target.password.Reveal());
  map["schema"] = sql::SQLString(target.database);
  map["OPT_CONNECT_TIMEOUT"] = static_cast<int>(target.connect_timeout.count());
  map["OPT_READ_TIMEOUT"] = static_cast<int>(target.answer_timeout.count());
  map["OPT_WRITE_TIMEOUT"] = static_cast<int>(target.answer_timeout.count());
  map["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  map["OPT_LOCAL_INFILE"] = 0;
  map["OPT_RECONNECT"] = false;
  map["CLIENT_MULTI_STATEMENTS"] = false;
  map["CLIENT_COMPRESS"] = target.compression;
  // Only sslVerify refuses a server without TLS and checks the host name; where it is not wanted,
  // newer client libraries verify unless told not to.
  map["sslVerify"] = target.verify;
  if (!target.authorities.empty()) map["sslCA"] = sql::SQLString(target.authorities);
  if (!target.authorities_directory.empty())
    map["sslCAPath"] = sql::SQLString(target.authorities_directory);
  return map;
}

}  // namespace mon::mysql
