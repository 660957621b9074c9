#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alerting_system/compose.h"
#include "common/error.h"
#include "mysql/connection.h"

namespace mon::alerting_system {

/// The outbox: tables notifications, notification_recipients and notification_attempts.
///
/// Life of a row of notification_recipients (`status`):
///   queued    -> sending            claimed by a delivery, committed before the server is asked
///   sending   -> sent               the server took it
///             -> queued             4xx, unreachable or refused login: again at next_attempt_at
///             -> uncertain          broke after the end of DATA, or the delivery died on it: sent
///                                   again, with the same Message-ID, at next_attempt_at
///             -> dead               5xx, or too old; an uncertain one stays uncertain then
///   queued    -> skipped            a recovery whose problem mail its recipient never got
///   dead      -> queued             by hand (dead_letters.h), and its skipped recovery with it
/// Times are the server's clock. Errors are those of mysql::Connection.

/// Queues a mail for `recipients` in the caller's open transaction, so that alert state and mail
/// are one commit. Returns its id. Repeats of one dedup_key change nothing, are logged, and give
/// the id of the first. No recipients: nothing is queued, 0. `alert_id` 0: not about one alert.
///
/// A recovery never overtakes the earlier mails of its thread. Where those to a recipient were all
/// given up, it lies there `skipped`, for the day that one is retried.
[[nodiscard]] Result<std::uint64_t> Enqueue(mysql::Connection& connection, std::int64_t alert_id,
                                            ReportKind kind, const ComposedMail& mail,
                                            std::span<const std::string> recipients);

/// What became of a mail that was sent past the outbox, at one recipient.
struct ToldRecipient {
  std::string recipient;
  std::string status;  ///< "sent", "queued", "uncertain", "dead", "skipped", as above
  std::string reply;   ///< what the server said where it is not sent
  std::optional<std::int64_t> sent_at;  ///< epoch seconds
};

/// Takes in, in the caller's open transaction, a mail that was sent past the outbox: whoever has it
/// does not get it again, all others do. `composed_at` (epoch seconds) is its Date. Where its
/// dedup_key is there already nothing is changed. Returns its id.
[[nodiscard]] Result<std::uint64_t> RecordTold(mysql::Connection& connection, std::int64_t alert_id,
                                               ReportKind kind, const ComposedMail& mail,
                                               std::int64_t composed_at,
                                               std::span<const ToldRecipient> recipients);

struct QueueState {
  std::uint64_t due = 0;  ///< mails times recipients whose turn has come
  bool at_work = false;   ///< a delivery holds its lease now
};

/// What a pass asks to know whether to start a delivery: due > 0 and not at_work.
[[nodiscard]] Result<QueueState> ReadQueueState(mysql::Connection& connection);

/// The name of the lease that lets one delivery work at a time.
inline constexpr const char* kDeliveryLease = "delivery";

/// One mail to one recipient.
struct QueuedMail {
  std::int64_t notification_id = 0;
  std::string recipient;
  std::string subject;
  std::string body_text;
  std::string body_html;
  int priority = 3;
  std::int64_t created_at =
      0;                    ///< epoch seconds; the mail's Date, so that a repeat is the same mail
  std::string dedup_key;    ///< what its Message-ID is made of
  std::string thread_root;  ///< dedup_key of the thread's first mail; its own where it is that
  int attempts = 0;         ///< including the one that was just claimed
  std::int64_t age_seconds = 0;  ///< since it was queued or retried, by the server's clock
  bool was_uncertain = false;    ///< an earlier attempt may have reached the recipient
  std::string payload;           ///< ComposedMail::payload
  std::string chart;             ///< ComposedMail::chart
  bool is_end = false;           ///< what it tells of is over
};

enum class Outcome { kSent, kDeferred, kRefused, kUncertain };

/// The functions below are for the one delivery that holds the lease. Each is one transaction of
/// its caller: begin, call, check the lease, commit.

/// Rows that a dead delivery left in `sending` become uncertain and due. Returns their number.
[[nodiscard]] Result<std::uint64_t> RecoverAbandoned(mysql::Connection& connection);

/// Who need not be tried now.
struct Away {
  bool mail = false;                   ///< nobody by mail
  std::vector<std::string> receivers;  ///< "webhook:NAME" and the like
};

/// The next due mail, highest priority first, then the oldest, marked as `sending`; nullopt: none
/// but for those who are away.
[[nodiscard]] Result<std::optional<QueuedMail>> ClaimNext(mysql::Connection& connection,
                                                          const Away& away = {});

/// The due mails without claiming them, for --dry-run.
[[nodiscard]] Result<std::vector<QueuedMail>> ListDue(mysql::Connection& connection);

/// Records what became of a claimed mail, with the server's reply. `retry_in` is used by deferred
/// and uncertain; nullopt: no further attempt. A mail given up takes the recipient's recovery mail
/// of the same thread with it.
[[nodiscard]] Result<void> RecordOutcome(mysql::Connection& connection, const QueuedMail& mail,
                                         Outcome outcome, const std::string& reply,
                                         std::optional<std::chrono::seconds> retry_in);

}  // namespace mon::alerting_system
