// The half of the outbox that a delivery works with.
#include <array>
#include <utility>

#include "alerting_system/outbox.h"
#include "document.h"
#include "outbox_sql.h"

namespace mon::alerting_system {
namespace {

using mysql::Connection;
using mysql::Value;

constexpr const char* kMailColumns =
    "SELECT n.id, r.recipient, n.subject, n.body_text, n.body_html, n.priority,"
    " CAST(UNIX_TIMESTAMP(n.created_at) AS SIGNED),"
    " n.dedup_key,"
    " (SELECT f.dedup_key FROM notifications f WHERE f.thread_key = n.thread_key"
    "  ORDER BY f.id LIMIT 1),"
    " r.attempts, r.status = 'uncertain',"
    // One that a person has put back into the queue is as good as new.
    " TIMESTAMPDIFF(SECOND, COALESCE((SELECT MAX(a.attempted_at) FROM notification_attempts a"
    "  WHERE a.notification_id = n.id AND a.recipient = r.recipient AND a.outcome = 'retried'),"
    "  n.created_at), CURRENT_TIMESTAMP(3)),"
    " COALESCE(n.payload, ''), n.kind IN ('recovery', 'both'), COALESCE(n.chart, '')";

constexpr const char* kOrder = " ORDER BY n.priority, n.id, r.recipient";

QueuedMail ReadMail(const mysql::Rows& rows) {
  QueuedMail mail;
  mail.notification_id = rows.Int(0);
  mail.recipient = rows.Text(1);
  mail.subject = rows.Text(2);
  mail.body_text = rows.Text(3);
  mail.body_html = rows.Text(4);
  mail.priority = static_cast<int>(rows.Int(5));
  mail.created_at = rows.Int(6);
  mail.dedup_key = rows.Text(7);
  mail.thread_root = rows.Text(8);
  mail.attempts = static_cast<int>(rows.Int(9));
  mail.was_uncertain = rows.Int(10) != 0;
  mail.age_seconds = rows.Int(11);
  mail.payload = rows.Text(12);
  mail.is_end = rows.Int(13) != 0;
  mail.chart = rows.Text(14);
  return mail;
}

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSent:
      return "sent";
    case Outcome::kDeferred:
      return "deferred";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kUncertain:
      return "uncertain";
  }
  return "deferred";
}

std::string_view NextStatus(const QueuedMail& mail, Outcome outcome, bool retry) {
  if (outcome == Outcome::kSent) return "sent";
  if (mail.was_uncertain || outcome == Outcome::kUncertain) return "uncertain";
  return retry ? "queued" : "dead";
}

/// No mail address has a colon.
std::string ButForThose(const Away& away) {
  std::string sql = away.mail ? " AND LOCATE(':', r.recipient) > 0" : "";
  for (std::size_t i = 0; i < away.receivers.size(); ++i) sql += " AND r.recipient <> ?";
  return sql;
}

Result<void> RecordAttempt(Connection& connection, const QueuedMail& mail, Outcome outcome,
                           const std::string& reply) {
  const std::array<Value, 4> params = {mail.notification_id, mail.recipient,
                                       std::string(ToString(outcome)), reply};
  const auto done = connection.Execute(
      "INSERT INTO notification_attempts (notification_id, recipient, outcome, reply)"
      " VALUES (?, ?, ?, ?)",
      params);
  if (!done) return std::unexpected(done.error());
  return {};
}

/// Whoever never got the problem mail is not told of its end.
Result<void> SkipLaterMails(Connection& connection, const QueuedMail& mail) {
  const std::array<Value, 5> params = {mail.notification_id, mail.notification_id, mail.recipient,
                                       mail.recipient, mail.notification_id};
  const auto done = connection.Execute(
      "UPDATE notification_recipients r JOIN notifications n ON n.id = r.notification_id"
      " JOIN notifications problem ON problem.id = ? AND problem.thread_key = n.thread_key"
      " SET r.status = 'skipped', r.next_attempt_at = NULL,"
      " r.last_error = 'the problem mail could not be delivered'"
      " WHERE n.id > ? AND r.recipient = ? AND r.status = 'queued' AND n.kind = 'recovery'"
      // Of several mails about one incident another one may have come through.
      " AND NOT EXISTS (SELECT 1 FROM (SELECT m.thread_key, mr.recipient FROM notifications m"
      "  JOIN notification_recipients mr ON mr.notification_id = m.id"
      "  WHERE mr.recipient = ? AND mr.status <> 'dead' AND m.kind <> 'recovery'"
      "  AND m.thread_key = (SELECT t.thread_key FROM notifications t WHERE t.id = ?)) others)",
      params);
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

Result<std::uint64_t> RecoverAbandoned(Connection& connection) {
  const auto noted = connection.Execute(
      "INSERT INTO notification_attempts (notification_id, recipient, outcome, reply)"
      " SELECT notification_id, recipient, 'uncertain',"
      " 'the delivery ended before it recorded the answer'"
      " FROM notification_recipients WHERE status = 'sending'");
  if (!noted) return Context("outbox", noted.error());
  auto changed = connection.Execute(
      "UPDATE notification_recipients SET status = 'uncertain',"
      " next_attempt_at = CURRENT_TIMESTAMP(3),"
      " last_error = 'the delivery ended before it recorded the answer'"
      " WHERE status = 'sending'");
  if (!changed) return Context("outbox", changed.error());
  return changed;
}

Result<std::optional<QueuedMail>> ClaimNext(Connection& connection, const Away& away) {
  // The key first and the mail after: sorting a long queue must not move its texts about.
  const std::vector<Value> skipped(away.receivers.begin(), away.receivers.end());
  auto keys = connection.Query(
      std::string("SELECT n.id, r.recipient") + kDue + ButForThose(away) + kOrder + " LIMIT 1",
      skipped);
  if (!keys) return Context("outbox", keys.error());
  if (!keys->Next()) return std::optional<QueuedMail>();
  const std::array<Value, 2> params = {keys->Int(0), keys->Text(1)};
  auto rows = connection.Query(std::string(kMailColumns) +
                                   " FROM notification_recipients r"
                                   " JOIN notifications n ON n.id = r.notification_id"
                                   " WHERE r.notification_id = ? AND r.recipient = ?",
                               params);
  if (!rows) return Context("outbox", rows.error());
  if (!rows->Next()) return std::optional<QueuedMail>();  // deleted by hand meanwhile
  QueuedMail mail = ReadMail(*rows);
  ++mail.attempts;
  const auto claimed = connection.Execute(
      "UPDATE notification_recipients SET status = 'sending', attempts = attempts + 1"
      " WHERE notification_id = ? AND recipient = ?",
      params);
  if (!claimed) return Context("outbox", claimed.error());
  return mail;
}

Result<std::vector<QueuedMail>> ListDue(Connection& connection) {
  auto rows = connection.Query(std::string(kMailColumns) + kDue + kOrder);
  if (!rows) return Context("outbox", rows.error());
  std::vector<QueuedMail> mails;
  while (rows->Next()) mails.push_back(ReadMail(*rows));
  return mails;
}

Result<void> RecordOutcome(Connection& connection, const QueuedMail& mail, Outcome outcome,
                           const std::string& reply, std::optional<std::chrono::seconds> retry_in) {
  const std::string clean = OneLine(reply, kMaxReplyBytes);
  const bool retry = retry_in.has_value() && outcome != Outcome::kSent;
  const auto status = NextStatus(mail, outcome, retry);
  const Value error = outcome == Outcome::kSent ? Value{} : Value{clean};
  Value delay;  // NULL: no further attempt
  if (retry) delay = std::int64_t{retry_in->count()};
  const std::array<Value, 6> params = {
      std::string(status), error, delay, std::string(status), mail.notification_id, mail.recipient};
  const auto updated = connection.Execute(
      "UPDATE notification_recipients SET status = ?, last_error = ?,"
      " next_attempt_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND,"
      " sent_at = IF(? = 'sent', CURRENT_TIMESTAMP(3), NULL)"
      " WHERE notification_id = ? AND recipient = ?",
      params);
  if (!updated) return Context("outbox", updated.error());
  if (auto noted = RecordAttempt(connection, mail, outcome, clean); !noted) {
    return Context("outbox", noted.error());
  }
  if (status == "dead") {
    if (auto skipped = SkipLaterMails(connection, mail); !skipped) {
      return Context("outbox", skipped.error());
    }
  }
  return {};
}

}  // namespace mon::alerting_system
