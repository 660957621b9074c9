#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "common/error.h"

namespace mon::zabbix_connector {

/// JSON-RPC 2.0 as Zabbix speaks it: errors come with HTTP 200, numbers as strings.

/// Codes of JSON-RPC and of Zabbix (CJsonRpc and CAPIHelper of the frontend).
namespace code {
inline constexpr std::int64_t kBadParameters = -32602;  ///< also: missing or ended session
inline constexpr std::int64_t kPermission = -32500;
inline constexpr std::int64_t kException = -32603;
inline constexpr std::int64_t kDatabaseDown = 1;  ///< 5.0 and 6.0; 7.0 says -32603
}  // namespace code

struct RpcError {
  std::int64_t code = 0;
  std::string message;
  std::string data;
  [[nodiscard]] std::string Text() const;  ///< message and data as one line
  /// Says by its words that session or token is at fault. The texts are translated on some servers,
  /// so this only saves a question to the server.
  [[nodiscard]] bool SpeaksOfSession() const;
};

/// `params` is JSON text. `auth` goes into the body unless it is empty.
[[nodiscard]] std::string RequestBody(std::string_view method, std::string_view params,
                                      const std::string& auth);

/// Parameters of a call as text; bad UTF-8 of a configuration is sent as U+FFFD.
[[nodiscard]] std::string ToText(const nlohmann::json& params);

/// Ids as Zabbix writes them: strings, for they may be larger than what a double holds.
[[nodiscard]] nlohmann::json IdList(std::span<const std::uint64_t> ids);

enum class ReplyKind { kResult, kError, kNotRpc };

/// What kind of reply a body is, read only as far as needed: a result may be long.
[[nodiscard]] ReplyKind Classify(std::string_view body);

/// The error of a reply of kind kError.
[[nodiscard]] RpcError ReadError(std::string_view body);

/// The whole "result" of a short reply. kBadReply where the JSON is cut or wrong.
[[nodiscard]] Result<nlohmann::json> ReadResult(std::string_view body);

}  // namespace mon::zabbix_connector
