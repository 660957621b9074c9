#pragma once

#include <string>

#include "common/error.h"

namespace mon::mysql {

/// What a caller can do about an error number of the server (1000 and up) or of the client library
/// (2000 and up). Numbers: MariaDB "Error Codes" and MySQL "Error Message Reference".
[[nodiscard]] ErrorCode CodeFor(int number);

/// An error of the server as ours: "mysql SERVER: TEXT (NUMBER)", and what to do about it.
[[nodiscard]] Error ServerError(const std::string& server, int number, const std::string& text);

/// The session is lost, or its server takes no more writes: another connection is needed.
[[nodiscard]] bool EndsSession(int number);

/// Deadlock, lock wait, or a row that changed since the transaction first read it.
[[nodiscard]] bool IsConflict(int number);

}  // namespace mon::mysql
