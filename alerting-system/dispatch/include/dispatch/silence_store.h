#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/error.h"
#include "dispatch/audit.h"
#include "dispatch/silence.h"
#include "mysql/connection.h"

namespace mon::dispatch {

/// Table silences. Errors are those of mysql::Connection.

/// Those that hold now or may later: neither ended nor expired. One that cannot be read is left out
/// and logged.
[[nodiscard]] Result<std::vector<Silence>> LoadCurrentSilences(mysql::Connection& connection);

/// Those, and the ones that are over, newest first; of `ids` alone where that is not empty.
[[nodiscard]] Result<std::vector<Silence>> LoadSilences(mysql::Connection& connection,
                                                        std::span<const std::int64_t> ids);

/// In the caller's transaction, with a row of the audit log. `silence.id` 0: a new one; its id is
/// returned. Only what a person may set is written.
[[nodiscard]] Result<std::int64_t> SaveSilence(mysql::Connection& connection,
                                               const Silence& silence, const Actor& actor);

/// Ends silences at once, likewise. Errors: kInvalidData, and nothing is changed, for an id of none
/// or of one that is over.
[[nodiscard]] Result<void> ExpireSilences(mysql::Connection& connection,
                                          std::span<const std::int64_t> ids, const Actor& actor);

/// Ends those that last until what they match is over, and match none of `open`, the labels of all
/// alerts that go on.
[[nodiscard]] Result<void> ExpireResolved(mysql::Connection& connection,
                                          std::span<const Silence> silences,
                                          std::span<const Labels> open);

}  // namespace mon::dispatch
