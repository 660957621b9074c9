#include "mysql/membership.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/text.h"
#include "process.h"

namespace mon::mysql {
namespace {

/// Of a lease that is taken in order to be given back.
constexpr std::chrono::seconds kMoment{10};

/// "aggregator:12" is 12, "aggregator" is 1; nothing for other names.
std::optional<int> SlotOf(std::string_view name, std::string_view job) {
  if (name == job) return 1;
  if (!name.starts_with(job) || name[job.size()] != ':') return std::nullopt;
  const auto slot = ParseInt(name.substr(job.size() + 1));
  if (!slot || *slot < 2 || *slot > kMostMembers) return std::nullopt;
  return static_cast<int>(*slot);
}

struct LeaseRow {
  Member member;
  std::string name;
  bool over = false;  ///< its time, or its process
};

/// Of those that were not given back.
Result<std::vector<LeaseRow>> ReadRows(Connection& connection, const std::string& job) {
  auto rows = connection.Query(
      "SELECT name, token, agreed, owner_host, owner_boot, owner_pid, owner_started,"
      " expires_at > NOW(3) FROM leases"
      " WHERE (name = ? OR name LIKE CONCAT(?, ':%')) AND expires_at IS NOT NULL",
      {job, job});
  if (!rows) return std::unexpected(rows.error());
  std::vector<LeaseRow> found;
  while (rows->Next()) {
    const std::string name = rows->Text(0);
    const auto slot = SlotOf(name, job);
    if (!slot) continue;
    const Process owner{rows->Text(3), rows->Text(4), rows->Int(5), rows->Int(6)};
    found.push_back({.member = {.slot = *slot,
                                .token = rows->Uint(1),
                                .agreed = rows->IsNull(2) ? "" : rows->Text(2)},
                     .name = name,
                     .over = rows->Int(7) == 0 || IsGone(owner)});
  }
  std::ranges::sort(found, {}, [](const LeaseRow& row) { return row.member.slot; });
  return found;
}

/// Of a member.
std::string JobOf(const Lease& lease) { return lease.Name().substr(0, lease.Name().find(':')); }

/// See ReadMembers.
Result<std::vector<Member>> MembersOf(Connection& connection, const std::string& job,
                                      const Lease& own) {
  auto rows = ReadRows(connection, job);
  if (!rows) return std::unexpected(rows.error());
  bool any_put_out = false;
  for (const LeaseRow& row : *rows) {
    if (!row.over || row.name == own.Name()) continue;
    // Its token is over as soon as somebody else has had the lease.
    const auto taken = Lease::Acquire(connection, row.name, kMoment);
    if (!taken) continue;
    if (auto released = taken->Release(connection); !released)
      return std::unexpected(released.error());
    any_put_out = true;
  }
  if (any_put_out) rows = ReadRows(connection, job);
  if (!rows) return std::unexpected(rows.error());
  std::vector<Member> members;
  for (const LeaseRow& row : *rows) members.push_back(row.member);
  return members;
}

}  // namespace

std::string MemberName(const std::string& job, int slot) {
  return slot == 1 ? job : fmt::format("{}:{}", job, slot);
}

int SlotOf(const Lease& lease) { return SlotOf(lease.Name(), JobOf(lease)).value_or(0); }

Result<Lease> Join(Connection& connection, const std::string& job, std::chrono::seconds duration) {
  for (int slot = 1; slot <= kMostMembers; ++slot) {
    auto lease = Lease::Acquire(connection, MemberName(job, slot), duration);
    if (lease || lease.error().code != ErrorCode::kBusy) return lease;
  }
  return Fail(ErrorCode::kBusy,
              fmt::format("{} daemons share \"{}\" already, which is the most", kMostMembers, job));
}

/// Of two that begin at once, one that is alone and one that shares, each looks after it has its
/// lease: so at least one of them sees the other. A further member whose time is over is put out
/// like by those that share: it may wake up in the middle of its work.
Result<Lease> JoinAlone(Connection& connection, const std::string& job,
                        std::chrono::seconds duration) {
  auto lease = Lease::Acquire(connection, job, duration);
  if (!lease) return lease;
  const auto members = MembersOf(connection, job, *lease);
  if (members && members->size() == 1) return lease;
  (void)lease->Release(connection);  // else it runs out
  if (!members) return std::unexpected(members.error());
  const std::string other = members->empty() ? job : MemberName(job, members->back().slot);
  return Fail(ErrorCode::kBusy, fmt::format("another run holds the lease \"{}\"", other));
}

Result<std::optional<Lease>> MoveToFirst(Connection& connection, const Lease& lease) {
  auto first = Lease::Acquire(connection, JobOf(lease), lease.Duration());
  if (!first && first.error().code == ErrorCode::kBusy) return std::nullopt;
  if (!first) return std::unexpected(first.error());
  // Renewed before: one who was put out meanwhile learns it, others go by that already.
  auto left = lease.Renew(connection);
  if (left) left = lease.Release(connection);
  if (!left) {
    (void)first->Release(connection);
    return std::unexpected(left.error());
  }
  return *first;
}

Result<std::vector<Member>> ReadMembers(Connection& connection, const Lease& own) {
  return MembersOf(connection, JobOf(own), own);
}

Result<void> Publish(Connection& connection, const Lease& lease, const std::string& agreed) {
  const auto written = connection.Execute(
      "UPDATE leases SET agreed = ? WHERE name = ? AND token = ? AND expires_at IS NOT NULL",
      {agreed, lease.Name(), lease.Token()});
  if (!written) return std::unexpected(written.error());
  if (*written > 0) return {};
  return lease.Renew(connection);  // nothing changed: lost, or written before
}

Result<void> Membership::Begin(Connection& connection, Lease& lease) {
  if (SlotOf(lease) != 1) {
    auto moved = MoveToFirst(connection, lease);
    if (!moved) return std::unexpected(moved.error());
    if (*moved) {
      lease = **std::move(moved);
      share_.Move(SlotOf(lease), lease.Token());
    }
  }
  return Look(connection, lease);
}

Result<void> Membership::Look(Connection& connection, const Lease& lease) {
  const auto members = ReadMembers(connection, lease);
  if (!members) return std::unexpected(members.error());
  share_.See(SlotOf(lease), lease.Token(), *members);
  return {};
}

Result<bool> Membership::Settle(Connection& connection, const Lease& lease) {
  before_ = share_;
  if (auto looked = Look(connection, lease); !looked) return std::unexpected(looked.error());
  if (const auto agreed = share_.Agree()) {
    auto published = Publish(connection, lease, *agreed);
    if (published) published = Look(connection, lease);
    if (!published) return std::unexpected(published.error());
  }
  return share_.Settled() && share_ != before_;
}

std::string Membership::Text() const {
  std::string text = fmt::format("member {} of {}", share_.Slot(), share_.MemberCount());
  if (!share_.Settled())
    text += fmt::format(", waits for {} to agree", fmt::join(share_.Waiting(), ", "));
  return text;
}

}  // namespace mon::mysql
