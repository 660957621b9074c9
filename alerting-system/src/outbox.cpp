#include "alerting_system/outbox.h"

#include <array>
#include <set>

#include "common/log.h"
#include "document.h"
#include "mysql/lease.h"
#include "outbox_sql.h"

namespace mon::alerting_system {
namespace {

using mysql::Connection;
using mysql::Value;

Result<bool> Exists(Connection& connection, const std::string& dedup_key) {
  const std::array<Value, 1> params = {dedup_key};
  auto rows = connection.Query("SELECT 1 FROM notifications WHERE dedup_key = ?", params);
  if (!rows) return std::unexpected(rows.error());
  return rows->Count() > 0;
}

Result<std::uint64_t> InsertNotification(Connection& connection, std::int64_t alert_id,
                                         ReportKind kind, const ComposedMail& mail,
                                         std::optional<std::int64_t> created_at) {
  const std::array<Value, 9> params = {alert_id == 0 ? Value{} : Value{alert_id},
                                       std::string(ToString(kind)),
                                       mail.dedup_key,
                                       mail.subject,
                                       mail.body_text,
                                       mail.body_html,
                                       mail.thread_key,
                                       std::int64_t{mail.priority},
                                       created_at ? Value{*created_at} : Value{}};
  const auto inserted = connection.Execute(
      "INSERT INTO notifications (alert_id, kind, dedup_key, subject, body_text, body_html,"
      " thread_key, priority, created_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, COALESCE(FROM_UNIXTIME(?), CURRENT_TIMESTAMP(3)))",
      params);
  if (!inserted) return std::unexpected(inserted.error());
  return connection.LastInsertId();
}

/// Whoever had the problem mail given up is told of its end when that mail is retried
/// (dead_letters.h), and not before.
Result<void> SkipThoseWithoutProblemMail(Connection& connection, const std::string& dedup_key) {
  const std::array<Value, 1> params = {dedup_key};
  const auto skipped = connection.Execute(
      "UPDATE notification_recipients r JOIN notifications n ON n.id = r.notification_id"
      " JOIN notifications problem ON problem.thread_key = n.thread_key"
      " JOIN notification_recipients p ON p.notification_id = problem.id"
      "  AND p.recipient = r.recipient"
      " SET r.status = 'skipped', r.next_attempt_at = NULL,"
      " r.last_error = 'the problem mail could not be delivered'"
      " WHERE n.dedup_key = ? AND r.status = 'queued' AND problem.kind = 'problem'"
      " AND p.status = 'dead'",
      params);
  if (!skipped) return Context("outbox", skipped.error());
  return {};
}

}  // namespace

Result<void> Enqueue(Connection& connection, std::int64_t alert_id, ReportKind kind,
                     const ComposedMail& mail, std::span<const std::string> recipients) {
  const std::set<std::string> each(recipients.begin(), recipients.end());
  if (each.empty()) return {};
  const auto known = Exists(connection, mail.dedup_key);
  if (!known) return Context("outbox", known.error());
  if (*known) {
    log::Warning("mail is queued already", {{"dedup_key", mail.dedup_key}});
    return {};
  }
  const auto id = InsertNotification(connection, alert_id, kind, mail, std::nullopt);
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
  const std::array<Value, 3> params = {mail.thread_key, alert_id, mail.thread_key};
  auto rows = connection.Query(
      "SELECT r.recipient, n.thread_key, r.status = 'dead' FROM notifications n"
      " JOIN notification_recipients r ON r.notification_id = n.id"
      // Before schema 1.10 a thread was named by the alert's id; incidents from then end still.
      " WHERE n.thread_key IN (?, CONCAT('alert/', ?, '/', SUBSTRING_INDEX(?, '/', -1)))"
      " AND n.kind = 'problem'"
      // Held until the caller commits: a delivery that gives the problem mail up meanwhile then
      // finds the recovery mail and takes it back.
      " LOCK IN SHARE MODE",
      params);
  if (!rows) return Context("outbox", rows.error());
  std::vector<std::string> recipients;
  ComposedMail of_thread = mail;
  bool any_dead = false;
  while (rows->Next()) {
    recipients.push_back(rows->Text(0));
    of_thread.thread_key = rows->Text(1);
    any_dead = any_dead || rows->Int(2) != 0;
  }
  auto queued = Enqueue(connection, alert_id, ReportKind::kRecovery, of_thread, recipients);
  if (!queued || !any_dead) return queued;
  return SkipThoseWithoutProblemMail(connection, mail.dedup_key);
}

Result<void> RecordTold(Connection& connection, std::int64_t alert_id, ReportKind kind,
                        const ComposedMail& mail, std::int64_t composed_at,
                        std::span<const ToldRecipient> recipients) {
  const auto known = Exists(connection, mail.dedup_key);
  if (!known) return Context("outbox", known.error());
  if (*known) return {};
  const auto id = InsertNotification(connection, alert_id, kind, mail, composed_at);
  if (!id) return Context("outbox", id.error());
  for (const ToldRecipient& told : recipients) {
    const bool to_do = told.status == "queued" || told.status == "uncertain";
    const std::array<Value, 6> params = {
        Value{*id},
        told.recipient,
        told.status,
        std::int64_t{to_do ? 1 : 0},
        told.reply.empty() ? Value{} : Value{OneLine(told.reply, kMaxReplyBytes)},
        told.sent_at ? Value{*told.sent_at} : Value{}};
    const auto row = connection.Execute(
        "INSERT INTO notification_recipients"
        " (notification_id, recipient, status, next_attempt_at, last_error, sent_at)"
        " VALUES (?, ?, ?, IF(?, CURRENT_TIMESTAMP(3), NULL), ?, FROM_UNIXTIME(?))",
        params);
    if (!row) return Context("outbox", row.error());
  }
  return {};
}

Result<QueueState> ReadQueueState(Connection& connection) {
  // What a dead delivery left in `sending` waits as well.
  auto rows =
      connection.Query(std::string("SELECT (SELECT COUNT(*)") + kDue +
                       "), (SELECT COUNT(*) FROM notification_recipients WHERE status = 'sending'),"
                       " EXISTS (SELECT 1 FROM leases WHERE name = 'delivery'"
                       " AND expires_at > CURRENT_TIMESTAMP(3))");
  if (!rows) return Context("outbox", rows.error());
  rows->Next();
  QueueState state;
  if (rows->Int(2) != 0) {  // it may have died: asked only then, for a pass pays each round trip
    const auto held = mysql::Lease::IsHeld(connection, kDeliveryLease);
    if (!held) return Context("outbox", held.error());
    state.at_work = *held;
  }
  state.due = rows->Uint(0) + (state.at_work ? 0 : rows->Uint(1));
  return state;
}

}  // namespace mon::alerting_system
