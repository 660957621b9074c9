#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "mysql/share.h"

namespace mon::mysql {

/// As many daemons can share one job; an `agreed` of so many fits its column.
inline constexpr int kMostMembers = 64;

/// The lease of a member: "aggregator" for slot 1, "aggregator:2" for 2.
[[nodiscard]] std::string MemberName(const std::string& job, int slot);

/// The slot of such a name.
[[nodiscard]] int SlotOf(const Lease& lease);

/// Takes the lease of the first slot that is free. Errors: kBusy where all are taken.
[[nodiscard]] Result<Lease> Join(Connection& connection, const std::string& job,
                                 std::chrono::seconds duration);

/// Takes slot 1 for a member with another one where it is free, and gives that one back. The member
/// stays one all the time. Nothing where it is taken; `lease` must have been renewed just before.
[[nodiscard]] Result<std::optional<Lease>> MoveToFirst(Connection& connection, const Lease& lease,
                                                       const std::string& job,
                                                       std::chrono::seconds duration);

/// All members of the job, by slot. Who has died, or has let its time run out, is put out first:
/// its token is over, and it can commit nothing more. Whoever cannot be put out is still a member.
[[nodiscard]] Result<std::vector<Member>> ReadMembers(Connection& connection,
                                                      const std::string& job, const Lease& own);

/// Writes `agreed` into the row of `lease`; kBusy where that was lost.
[[nodiscard]] Result<void> Publish(Connection& connection, const Lease& lease,
                                   const std::string& agreed);

/// The lease of a living member other than the first: one that works alone must not begin then.
[[nodiscard]] Result<std::optional<std::string>> FurtherMember(Connection& connection,
                                                               const std::string& job);

}  // namespace mon::mysql
