#pragma once

#include <cppconn/connection.h>

#include "target.h"

namespace mon::mysql {

/// The connector passes silently over an option it does not know, and several that look right do
/// nothing (OPT_SSL_MODE), so this is the one place that spells them.
[[nodiscard]] sql::ConnectOptionsMap ConnectorOptions(const Target& target);

}  // namespace mon::mysql
