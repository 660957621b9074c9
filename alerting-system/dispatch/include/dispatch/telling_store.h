#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "dispatch/plan.h"
#include "dispatch/silence.h"
#include "mysql/connection.h"

namespace mon::dispatch {

/// Table alert_tellings: what is still to be told of each alert. Errors are those of
/// mysql::Connection.

/// What a look at the tables finds, as of one moment of the server.
struct Pending {
  std::int64_t now = 0;  ///< epoch seconds, the server's
  std::vector<PendingAlert> alerts;
  std::vector<std::int64_t> orphans;           ///< whose alerts were deleted
  std::vector<Silence> silences;               ///< that hold now or may later
  std::map<std::string, int> mails_this_hour;  ///< by recipient
};

/// Everything that MakePlan asks for. One short query where nothing is open.
[[nodiscard]] Result<Pending> LoadPending(mysql::Connection& connection, const Policy& policy);

/// In the transaction that records the alerts: they are to be told.
[[nodiscard]] Result<void> AddTellings(mysql::Connection& connection,
                                       std::span<const std::int64_t> alerts);

/// The alert's beginning, or its end, was told past the queue, at `told_at` (epoch seconds), by
/// what is now the notification `notification_id`.
[[nodiscard]] Result<void> RecordTelling(mysql::Connection& connection, std::int64_t alert_id,
                                         std::uint64_t notification_id, bool is_recovery,
                                         std::int64_t told_at);

/// What was decided, in the transaction that queues the mails.
[[nodiscard]] Result<void> SaveNotes(mysql::Connection& connection,
                                     std::span<const PendingAlert> alerts,
                                     std::span<const Note> notes);
/// `alerts`: ids that the notification `notification_id` tells of.
[[nodiscard]] Result<void> SaveTold(mysql::Connection& connection, std::uint64_t notification_id,
                                    Say say, std::span<const std::int64_t> alerts);
[[nodiscard]] Result<void> RemoveTellings(mysql::Connection& connection,
                                          std::span<const std::int64_t> alerts);

}  // namespace mon::dispatch
