#include "mysql/lease.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "common/text.h"
#include "mysql/times.h"
#include "process.h"

// A lease that was given back is taken by one conditional UPDATE, which is all that a plain run
// pays. Only where that changes nothing the row is read: it is missing, or it has an owner, whose
// time may be over or who may be gone. The second UPDATE is conditional on the token that was read,
// so of several takers one wins.

namespace mon::mysql {
namespace {

constexpr int kAttempts = 5;

constexpr std::string_view kTake =
    "UPDATE leases SET token = LAST_INSERT_ID(token + 1), owner_host = ?, owner_boot = ?,"
    " owner_pid = ?, owner_started = ?, connection_id = CONNECTION_ID(),"
    " owner_server = CONCAT(@@hostname, ':', @@port), acquired_at = NOW(3),"
    " expires_at = NOW(3) + INTERVAL ? SECOND WHERE name = ? AND ";

struct Holder {
  Process process;
  std::uint64_t token = 0;
  std::uint64_t connection_id = 0;
  std::string server;
  std::string since;
  bool given_back = false;
  bool held = false;  ///< and not run out
  bool on_this_server = false;
  std::int64_t seconds_held = 0;
};

std::vector<Value> TakeParameters(const std::string& name, std::chrono::seconds duration) {
  const Process self = ThisProcess();
  return {self.host, self.boot, self.pid, self.started, std::int64_t{duration.count()}, name};
}

Result<std::optional<Holder>> ReadHolder(Connection& connection, const std::string& name) {
  auto rows = connection.Query(
      "SELECT owner_host, owner_boot, owner_pid, owner_started, token, connection_id, owner_server,"
      " DATE_FORMAT(acquired_at, '%Y-%m-%d %H:%i:%s'), expires_at IS NOT NULL AND expires_at > "
      "NOW(3),"
      " owner_server = CONCAT(@@hostname, ':', @@port), TIMESTAMPDIFF(SECOND, acquired_at, NOW(3)),"
      " expires_at IS NULL"
      " FROM leases WHERE name = ?",
      {name});
  if (!rows) return std::unexpected(rows.error());
  if (!rows->Next()) return std::nullopt;
  Holder holder;
  holder.process = {rows->Text(0), rows->Text(1), rows->Int(2), rows->Int(3)};
  holder.token = rows->Uint(4);
  holder.connection_id = rows->Uint(5);
  holder.server = rows->Text(6);
  holder.since = rows->Text(7);
  holder.held = rows->Int(8) != 0;
  holder.on_this_server = rows->Int(9) != 0;
  holder.seconds_held = rows->Int(10);
  holder.given_back = rows->Int(11) != 0;
  return holder;
}

/// Ends what the old owner may still be doing on the server, so that its locks go. Connection ids
/// start anew with the server: one that it gave out before its last start may be anybody's.
void EndConnection(Connection& connection, const Holder& old) {
  if (!old.on_this_server || old.connection_id == 0) return;
  auto uptime = connection.Query("SHOW GLOBAL STATUS LIKE 'Uptime'");
  if (!uptime || !uptime->Next() || ParseInt(uptime->Text(1)).value_or(0) <= old.seconds_held)
    return;
  // Without further rights an account sees and ends its own connections only: that is wanted here.
  auto alive = connection.Query(
      "SELECT 1 FROM information_schema.processlist WHERE id = ? AND id <> CONNECTION_ID()"
      " AND db = DATABASE() AND SUBSTRING_INDEX(USER(), '@', 1) = user",
      {old.connection_id});
  if (alive && alive->Next())
    (void)connection.Execute(fmt::format("KILL CONNECTION {}", old.connection_id));
}

Result<std::uint64_t> Take(Connection& connection, const std::string& name,
                           std::chrono::seconds duration, std::string_view condition) {
  const auto taken =
      connection.Execute(fmt::format("{}{}", kTake, condition), TakeParameters(name, duration));
  if (!taken) return std::unexpected(taken.error());
  if (*taken == 0) return 0;
  return connection.LastInsertId();
}

std::unexpected<Error> Held(const std::string& name, const Holder& holder) {
  return Fail(ErrorCode::kBusy,
              fmt::format("another run holds the lease \"{}\": host {}, pid {}, since {} UTC", name,
                          holder.process.host, holder.process.pid, holder.since));
}

}  // namespace

Result<Lease> Lease::Acquire(Connection& connection, const std::string& name,
                             std::chrono::seconds duration) {
  Error error{ErrorCode::kBusy, fmt::format("the lease \"{}\" is being fought over", name)};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto token = Take(connection, name, duration, "expires_at IS NULL");
    if (token && *token > 0) return Lease(name, *token, duration);
    if (!token && !connection.LastErrorWasConflict()) return std::unexpected(token.error());
    if (!token) error = token.error();
    const auto old = ReadHolder(connection, name);
    if (!old) return std::unexpected(old.error());
    if (!*old) {
      auto made = connection.Execute(
          "INSERT IGNORE INTO leases (name, token, owner_host, owner_boot, owner_pid,"
          " owner_started, connection_id) VALUES (?, 0, '', '', 0, 0, 0)",
          {name});
      if (!made) return std::unexpected(made.error());
      continue;
    }
    const Holder& holder = **old;
    if (holder.given_back) continue;  // meanwhile
    if (holder.held && !IsGone(holder.process)) return Held(name, holder);
    // First, for it may stand still in a transaction that has this very row locked.
    EndConnection(connection, holder);
    token = Take(connection, name, duration, fmt::format("token = {}", holder.token));
    if (token && *token > 0) return Lease(name, *token, duration);
    if (!token && !connection.LastErrorWasConflict()) return std::unexpected(token.error());
    if (!token) error = token.error();  // else another taker was faster
  }
  return std::unexpected(error);
}

Result<bool> Lease::IsHeld(Connection& connection, const std::string& name) {
  const auto holder = ReadHolder(connection, name);
  if (!holder) return std::unexpected(holder.error());
  return *holder && (*holder)->held && !IsGone((*holder)->process);
}

std::string Lease::Passed() const {
  if (!passed_) return "";
  return fmt::format("usual_interval_ms = {}, passed_at = NOW(3), ",
                     SmoothedInterval("usual_interval_ms", "passed_at"));
}

Result<void> Lease::Write(Connection& connection, std::string_view assignments) const {
  const auto renewed = connection.Execute(
      fmt::format("UPDATE leases SET {}expires_at = NOW(3) + INTERVAL ? SECOND,"
                  " connection_id = CONNECTION_ID(), owner_server = CONCAT(@@hostname, ':', @@port)"
                  " WHERE name = ? AND token = ? AND expires_at IS NOT NULL",
                  assignments),
      {std::int64_t{duration_.count()}, name_, token_});
  if (!renewed) return std::unexpected(renewed.error());
  if (*renewed > 0) return {};
  // Nothing changed: lost, or renewed within the same millisecond.
  auto rows = connection.Query(
      "SELECT 1 FROM leases WHERE name = ? AND token = ? AND expires_at IS NOT NULL",
      {name_, token_});
  if (!rows) return std::unexpected(rows.error());
  if (rows->Next()) return {};
  return Fail(ErrorCode::kBusy, fmt::format("the lease \"{}\" went to another run", name_));
}

Result<void> Lease::Renew(Connection& connection) const {
  auto renewed = Write(connection, Passed());
  if (renewed) passed_ = false;
  return renewed;
}

Result<void> Lease::CheckInTransaction(Connection& connection) const {
  return Write(connection, "");
}

Result<void> Lease::CheckOnTheWay(Connection& connection) const {
  return Write(connection, "worked_at = NOW(3), ");
}

Result<void> Lease::Release(Connection& connection) const {
  const auto released = connection.Execute(
      fmt::format("UPDATE leases SET {}expires_at = NULL WHERE name = ? AND token = ?", Passed()),
      {name_, token_});
  if (!released) return std::unexpected(released.error());
  passed_ = false;
  return {};
}

bool SameDatabase(const MysqlConfig& one, const MysqlConfig& other) {
  return one.hosts == other.hosts && one.socket == other.socket && one.database == other.database;
}

}  // namespace mon::mysql
