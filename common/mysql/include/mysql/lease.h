#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/config.h"
#include "common/error.h"
#include "mysql/connection.h"

namespace mon::mysql {

/// A row of `leases` that lets one run at a time do a job ("aggregator", "processor", "delivery",
/// "migration", "retention"), on any host.
///
/// A lease and not GET_LOCK: a Galera cluster refuses that, and a lock dies with its connection.
/// The owner is host, boot and pid namespace, pid and its start time, and connection id. Time is
/// the server's clock alone. `token` grows by one with each change of owner (a fencing token, see
/// Kleppmann, "How to do distributed locking", 2016): a writer checks it inside its transaction, so
/// that a paused old owner cannot commit.
class Lease {
 public:
  /// Takes the lease, or fails with kBusy naming its owner and since when it runs. An owner on this
  /// host whose process is gone is replaced at once; any other one when its lease has expired. The
  /// taker ends the old owner's connection where it may (same account, same server).
  [[nodiscard]] static Result<Lease> Acquire(Connection& connection, const std::string& name,
                                             std::chrono::seconds duration);

  /// True while a run has it that is not known to be dead: whether Acquire would find it busy.
  [[nodiscard]] static Result<bool> IsHeld(Connection& connection, const std::string& name);

  /// Extends by the duration of Acquire, and binds the lease to `connection` (a new one after a
  /// lost one); kBusy if it was lost. One that has expired and that nobody took is still ours.
  [[nodiscard]] Result<void> Renew(Connection& connection) const;

  /// Call inside a write transaction, last before commit: fails with kBusy if the lease was lost,
  /// and keeps it from being taken until the transaction ends. It renews too; writing the row is
  /// what makes a cluster notice two owners.
  [[nodiscard]] Result<void> CheckInTransaction(Connection& connection) const;

  /// The same at the end of a part of a pass that others follow. It says that the owner is at work,
  /// which would else show when the whole pass has gone through.
  [[nodiscard]] Result<void> CheckOnTheWay(Connection& connection) const;

  /// A pass of the owner has gone through: the next call that writes the row says so, and when.
  /// Whoever watches this job reads that from `leases`.
  void NotePass() { passed_ = true; }

  /// Gives it back; a lost one is left alone. Not done by the destructor: it needs a living
  /// connection.
  [[nodiscard]] Result<void> Release(Connection& connection) const;

  [[nodiscard]] const std::string& Name() const { return name_; }
  [[nodiscard]] std::uint64_t Token() const { return token_; }
  [[nodiscard]] std::chrono::seconds Duration() const { return duration_; }

 private:
  Lease(std::string name, std::uint64_t token, std::chrono::seconds duration)
      : name_(std::move(name)), token_(token), duration_(duration) {}

  /// Renews; `assignments` are written as well, each with a comma behind it.
  [[nodiscard]] Result<void> Write(Connection& connection, std::string_view assignments) const;
  /// What records a pass that has gone through and is not yet written down; else empty.
  [[nodiscard]] std::string Passed() const;

  std::string name_;
  std::uint64_t token_ = 0;
  std::chrono::seconds duration_{0};
  mutable bool passed_ = false;  ///< and not yet written down
};

/// Whether a lease taken with one goes on with the other: only the login may differ.
[[nodiscard]] bool SameDatabase(const MysqlConfig& one, const MysqlConfig& other);

}  // namespace mon::mysql
