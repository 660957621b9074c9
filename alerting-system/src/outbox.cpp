#include "alerting_system/outbox.h"

#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

#include "document.h"

namespace mon::alerting_system {
namespace {

using mysql::Connection;
using mysql::Value;

/// A row's turn has come, and the thread's earlier mail to the same recipient is not still on its
/// way: a recovery must not overtake its problem mail.
constexpr const char* kDue =
    " FROM notification_recipients r JOIN notifications n ON n.id = r.notification_id"
    " WHERE r.status IN ('queued', 'uncertain') AND r.next_attempt_at <= CURRENT_TIMESTAMP(3)"
    " AND NOT EXISTS (SELECT 1 FROM notifications e JOIN notification_recipients er"
    "  ON er.notification_id = e.id WHERE e.thread_key = n.thread_key AND e.id < n.id"
    "  AND er.recipient = r.recipient AND er.status IN ('queued', 'sending'))";

constexpr const char* kMailColumns =
    "SELECT n.id, r.recipient, n.subject, n.body_text, n.body_html, n.priority,"
    " CAST(UNIX_TIMESTAMP(n.created_at) AS SIGNED),"
    " (SELECT MIN(f.id) FROM notifications f WHERE f.thread_key = n.thread_key),"
    " r.attempts, r.status = 'uncertain',"
    " TIMESTAMPDIFF(SECOND, n.created_at, CURRENT_TIMESTAMP(3))";

constexpr const char* kOrder = " ORDER BY n.priority, n.id, r.recipient";

constexpr std::size_t kMaxReplyBytes = 1000;  // of the columns' 1024 characters

QueuedMail ReadMail(const mysql::Rows& rows) {
  QueuedMail mail;
  mail.notification_id = rows.Int(0);
  mail.recipient = rows.Text(1);
  mail.subject = rows.Text(2);
  mail.body_text = rows.Text(3);
  mail.body_html = rows.Text(4);
  mail.priority = static_cast<int>(rows.Int(5));
  mail.created_at = rows.Int(6);
  mail.thread_root = rows.Int(7);
  mail.attempts = static_cast<int>(rows.Int(8));
  mail.was_uncertain = rows.Int(9) != 0;
  mail.age_seconds = rows.Int(10);
  return mail;
}

Result<bool> Exists(Connection& connection, const std::string& dedup_key) {
  const std::array<Value, 1> params = {dedup_key};
  auto rows = connection.Query("SELECT 1 FROM notifications WHERE dedup_key = ?", params);
  if (!rows) return std::unexpected(rows.error());
  return rows->Count() > 0;
}

Result<std::uint64_t> InsertNotification(Connection& connection, std::int64_t alert_id,
                                         ReportKind kind, const ComposedMail& mail) {
  const std::array<Value, 8> params = {alert_id == 0 ? Value{} : Value{alert_id},
                                       std::string(ToString(kind)),
                                       mail.dedup_key,
                                       mail.subject,
                                       mail.body_text,
                                       mail.body_html,
                                       mail.thread_key,
                                       std::int64_t{mail.priority}};
  const auto inserted = connection.Execute(
      "INSERT INTO notifications (alert_id, kind, dedup_key, subject, body_text, body_html,"
      " thread_key, priority) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      params);
  if (!inserted) return std::unexpected(inserted.error());
  return connection.LastInsertId();
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
  const std::array<Value, 3> params = {mail.notification_id, mail.notification_id, mail.recipient};
  const auto done = connection.Execute(
      "UPDATE notification_recipients r JOIN notifications n ON n.id = r.notification_id"
      " JOIN notifications problem ON problem.id = ? AND problem.thread_key = n.thread_key"
      " SET r.status = 'skipped', r.next_attempt_at = NULL,"
      " r.last_error = 'the problem mail could not be delivered'"
      " WHERE n.id > ? AND r.recipient = ? AND r.status = 'queued' AND n.kind = 'recovery'",
      params);
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

Result<void> Enqueue(Connection& connection, std::int64_t alert_id, ReportKind kind,
                     const ComposedMail& mail, std::span<const std::string> recipients) {
  const std::set<std::string> each(recipients.begin(), recipients.end());
  if (each.empty()) return {};
  const auto known = Exists(connection, mail.dedup_key);
  if (!known) return Context("outbox", known.error());
  if (*known) return {};
  const auto id = InsertNotification(connection, alert_id, kind, mail);
  if (!id) return Context("outbox", id.error());
  std::vector<Value> values;
  for (const std::string& recipient : each) {
    values.insert(values.end(), {Value{*id}, Value{recipient}});
  }
  const auto rows = connection.InsertRows(
      "INSERT INTO notification_recipients (notification_id, recipient)", 2, values);
  if (!rows) return Context("outbox", rows.error());
  return {};
}

Result<void> EnqueueRecovery(Connection& connection, std::int64_t alert_id,
                             const ComposedMail& mail) {
  const std::array<Value, 1> params = {mail.thread_key};
  auto rows = connection.Query(
      "SELECT r.recipient FROM notifications n"
      " JOIN notification_recipients r ON r.notification_id = n.id"
      " WHERE n.thread_key = ? AND n.kind = 'problem'"
      " AND r.status IN ('queued', 'sending', 'sent', 'uncertain')"
      // Held until the caller commits: a delivery that gives the problem mail up meanwhile then
      // finds the recovery mail and takes it back.
      " LOCK IN SHARE MODE",
      params);
  if (!rows) return Context("outbox", rows.error());
  std::vector<std::string> recipients;
  while (rows->Next()) recipients.push_back(rows->Text(0));
  return Enqueue(connection, alert_id, ReportKind::kRecovery, mail, recipients);
}

Result<QueueState> ReadQueueState(Connection& connection) {
  // What a dead delivery left in `sending` waits as well, once its lease has run out.
  auto rows =
      connection.Query(std::string("SELECT (SELECT COUNT(*)") + kDue +
                       "), (SELECT COUNT(*) FROM notification_recipients WHERE status = 'sending'),"
                       " EXISTS (SELECT 1 FROM leases WHERE name = 'delivery'"
                       " AND expires_at > CURRENT_TIMESTAMP(3))");
  if (!rows) return Context("outbox", rows.error());
  rows->Next();
  QueueState state;
  state.at_work = rows->Int(2) != 0;
  state.due = rows->Uint(0) + (state.at_work ? 0 : rows->Uint(1));
  return state;
}

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

Result<std::optional<QueuedMail>> ClaimNext(Connection& connection) {
  // The key first and the mail after: sorting a long queue must not move its texts about.
  auto keys =
      connection.Query(std::string("SELECT n.id, r.recipient") + kDue + kOrder + " LIMIT 1");
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
