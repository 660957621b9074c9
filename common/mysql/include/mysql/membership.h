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

/// Takes slot 1 for one who does the job without others. Errors: kBusy where there is any member.
[[nodiscard]] Result<Lease> JoinAlone(Connection& connection, const std::string& job,
                                      std::chrono::seconds duration);

/// Takes slot 1 for a member with another one where it is free, and gives that one back. The member
/// stays one all the time. Nothing where it is taken; `lease` must have been renewed just before.
[[nodiscard]] Result<std::optional<Lease>> MoveToFirst(Connection& connection, const Lease& lease);

/// All members of the job of `own`, by slot. Who has died, or has let its time run out, is put out
/// first: its token is over, and it can commit nothing more. Whoever cannot be put out is still a
/// member.
[[nodiscard]] Result<std::vector<Member>> ReadMembers(Connection& connection, const Lease& own);

/// Writes `agreed` into the row of `lease`; kBusy where that was lost.
[[nodiscard]] Result<void> Publish(Connection& connection, const Lease& lease,
                                   const std::string& agreed);

/// What a member does with others: its Share, with the rows of the leases behind it. Errors are
/// those of the database; kBusy where the lease was lost.
class Membership {
 public:
  /// At the start of a beat, after `lease` was renewed: moves it to the first slot where that is
  /// free, and looks who the members are.
  [[nodiscard]] Result<void> Begin(Connection& connection, Lease& lease);

  /// While no work is under way: gives up what others are to have, and sees whether they have given
  /// up what we are to have. True where our part has changed by that, and is whole.
  [[nodiscard]] Result<bool> Settle(Connection& connection, const Lease& lease);

  [[nodiscard]] const Share& Now() const { return share_; }
  /// As it was before the last `Settle`.
  [[nodiscard]] const Share& Before() const { return before_; }

  /// "member 2 of 3", and what it waits for.
  [[nodiscard]] std::string Text() const;

 private:
  Result<void> Look(Connection& connection, const Lease& lease);

  Share share_;
  Share before_;
};

}  // namespace mon::mysql
