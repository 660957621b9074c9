#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/error.h"
#include "dispatch/silence.h"
#include "mysql/connection.h"

namespace mon::dispatch {

/// Table silences. Errors are those of mysql::Connection.

/// Those that hold now or may later: neither ended nor expired. One that cannot be read is left out
/// and logged.
[[nodiscard]] Result<std::vector<Silence>> LoadCurrentSilences(mysql::Connection& connection);

/// Ends those that last until what they match is over, and match none of `open`, the labels of all
/// alerts that go on.
[[nodiscard]] Result<void> ExpireResolved(mysql::Connection& connection,
                                          std::span<const Silence> silences,
                                          std::span<const Labels> open);

}  // namespace mon::dispatch
