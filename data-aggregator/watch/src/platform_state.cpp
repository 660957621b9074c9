#include "platform_state.h"

#include <fmt/format.h>

#include <string_view>

#include "mysql/times.h"
#include "watch/watch_store.h"

namespace mon::data_aggregator {
namespace {

using std::chrono::milliseconds;
using watch::State;

milliseconds Since(std::int64_t epoch, std::int64_t now) {
  return std::chrono::seconds(now - epoch);
}

/// When an attempt was last made that fulfils the condition.
std::string LastAttempt(std::string_view condition) {
  return fmt::format("(SELECT {} FROM notification_attempts WHERE {} ORDER BY id DESC LIMIT 1)",
                     mysql::EpochSecondsOf("attempted_at"), condition);
}

/// Since when the mail waits: one that a person has put back into the queue is as good as new.
constexpr std::string_view kQueuedAt =
    "COALESCE((SELECT MAX(a.attempted_at) FROM notification_attempts a"
    " WHERE a.notification_id = n.id AND a.recipient = r.recipient AND a.outcome = 'retried'),"
    " n.created_at)";

}  // namespace

Result<std::optional<SubjectLook>> LookAtProcessor(mysql::Connection& connection,
                                                   const WatchConfig& config) {
  // Of several that share the applications each judges its own: the one that has been silent for
  // longest. A further one is a daemon, which keeps its lease; the pass before it took that was
  // another's.
  auto rows = connection.Query(fmt::format(
      "SELECT UNIX_TIMESTAMP(), {}, l.usual_interval_ms, l.name, {} FROM"
      " (SELECT name, usual_interval_ms,"
      "  GREATEST(passed_at, COALESCE(worked_at, passed_at)) AS at_work FROM leases"
      "  WHERE name = 'processor' AND passed_at IS NOT NULL"
      "  UNION ALL SELECT name, usual_interval_ms,"
      "  GREATEST(acquired_at, COALESCE(passed_at, acquired_at), COALESCE(worked_at, acquired_at))"
      "  FROM leases WHERE name LIKE 'processor:%' AND expires_at IS NOT NULL) l"
      " LEFT JOIN watches w ON w.subject = 'processor' ORDER BY l.at_work LIMIT 1",
      mysql::EpochSecondsOf("l.at_work"), watch::Columns()));
  if (!rows) return Context("reading leases", rows.error());
  if (!rows->Next()) return std::nullopt;
  SubjectLook look;
  look.now = rows->Int(0);
  if (!rows->IsNull(2)) look.usual_interval = milliseconds(rows->Int(2));
  const std::string lease = rows->Text(3);
  look.watch = watch::ReadWatch(*rows, 4, "processor");
  const std::int64_t at_work = rows->Int(1);
  if (Since(at_work, look.now) > watch::Patience(look.usual_interval, config.after)) {
    look.finding = {
        State::kNoData, at_work,
        lease == "processor"
            ? "No pass of the processor has gone through since."
            : fmt::format("No pass of the processor with the lease {} has gone through since, and "
                          "nobody else judges its share of the applications.",
                          lease)};
  }
  return look;
}

Result<SubjectLook> LookAtMail(mysql::Connection& connection, const WatchConfig& config) {
  auto rows = connection.Query(fmt::format(
      "SELECT UNIX_TIMESTAMP(), q.waiting, q.oldest, q.due, q.error, {} FROM"
      " (SELECT COUNT(*) AS waiting, MIN({}) AS oldest, MIN({}) AS due,"
      "  MAX(r.last_error) AS error"
      "  FROM notification_recipients r JOIN notifications n ON n.id = r.notification_id"
      "  WHERE r.status IN ('queued', 'sending', 'uncertain')"
      "  AND (r.status = 'sending' OR r.next_attempt_at IS NOT NULL)) q"
      " LEFT JOIN watches w ON w.subject = 'mail'",
      watch::Columns(), mysql::EpochSecondsOf(kQueuedAt),
      mysql::EpochSecondsOf("COALESCE(r.next_attempt_at, n.created_at)")));
  if (!rows) return Context("reading the outbox", rows.error());
  SubjectLook look;
  look.watch.subject = "mail";
  if (!rows->Next()) return look;
  look.now = rows->Int(0);
  const std::int64_t waiting = rows->Int(1);
  const std::int64_t oldest = rows->Int(2);
  const std::int64_t due = rows->Int(3);
  const std::string error = rows->Text(4);
  look.watch = watch::ReadWatch(*rows, 5, "mail");
  if (waiting == 0 || Since(oldest, look.now) <= config.mail_after) return look;

  auto attempts = connection.Query(fmt::format("SELECT {}, {}", LastAttempt("outcome <> 'retried'"),
                                               LastAttempt("outcome = 'sent'")));
  if (!attempts) return Context("reading the outbox", attempts.error());
  if (!attempts->Next()) return look;
  const auto recent = [&](unsigned column) {
    return !attempts->IsNull(column) && Since(attempts->Int(column), look.now) <= config.mail_after;
  };
  if (recent(1)) return look;  // they do go out
  const auto count = fmt::format("{} mail{}", waiting, waiting == 1 ? " waits" : "s wait");
  // Between two attempts lies more time than that at last: none is missed before its turn.
  if (recent(0) || Since(due, look.now) <= config.mail_after) {
    look.finding = {State::kError, oldest,
                    fmt::format("{}, and none could be sent: {}", count, error)};
  } else {
    look.finding = {State::kNoData, oldest,
                    fmt::format("{}, and no delivery has tried to send any.", count)};
  }
  return look;
}

}  // namespace mon::data_aggregator
