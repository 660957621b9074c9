#pragma once

#include <cstdint>
#include <functional>
#include <set>
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

/// Those, and the ones that are over, newest first.
[[nodiscard]] Result<std::vector<Silence>> LoadSilences(mysql::Connection& connection);

/// A new one, in the caller's transaction, with a row of the audit log; its id is returned.
[[nodiscard]] Result<std::int64_t> AddSilence(mysql::Connection& connection, const Silence& silence,
                                              const Actor& actor);

/// What `change` makes of one that holds now or may later, likewise; what a person may not set
/// stays. Errors: those of `change`; kInvalidData, and nothing is changed, for an id of none or of
/// one that is over.
[[nodiscard]] Result<Silence> EditSilence(mysql::Connection& connection, std::int64_t id,
                                          const std::function<Result<void>(Silence&)>& change,
                                          const Actor& actor);

/// Ends silences at once, likewise. Errors: kInvalidData, and nothing is changed, for an id of none
/// or of one that is over.
[[nodiscard]] Result<void> ExpireSilences(mysql::Connection& connection,
                                          const std::set<std::int64_t>& ids, const Actor& actor);

/// Ends those that last until what they match is over, and match none of `open`, the labels of all
/// alerts that go on.
[[nodiscard]] Result<void> ExpireResolved(mysql::Connection& connection,
                                          std::span<const Silence> silences,
                                          std::span<const Labels> open);

}  // namespace mon::dispatch
