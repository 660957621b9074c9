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

/// 0: there is none.
Result<std::uint64_t> IdOf(Connection& connection, const std::string& dedup_key) {
  const std::array<Value, 1> params = {dedup_key};
  auto rows = connection.Query("SELECT id FROM notifications WHERE dedup_key = ?", params);
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Uint(0) : 0;
}

Result<std::uint64_t> InsertNotification(Connection& connection, std::int64_t alert_id,
                                         ReportKind kind, const ComposedMail& mail,
                                         std::optional<std::int64_t> created_at) {
  const std::array<Value, 11> params = {alert_id == 0 ? Value{} : Value{alert_id},
                                        std::string(ToString(kind)),
                                        mail.dedup_key,
                                        mail.subject,
                                        mail.body_text,
                                        mail.body_html,
                                        mail.thread_key,
                                        std::int64_t{mail.priority},
                                        mail.payload.empty() ? Value{} : Value{mail.payload},
                                        mail.chart.empty() ? Value{} : Value{mail.chart},
                                        created_at ? Value{*created_at} : Value{}};
  const auto inserted = connection.Execute(
      "INSERT INTO notifications (alert_id, kind, dedup_key, subject, body_text, body_html,"
      " thread_key, priority, payload, chart, created_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, COALESCE(FROM_UNIXTIME(?), CURRENT_TIMESTAMP(3)))",
      params);
  if (!inserted) return std::unexpected(inserted.error());
  return connection.LastInsertId();
}

/// Whoever had the thread's earlier mails given up is told of its end when one is retried
/// (dead_letters.h), and not before.
Result<void> SkipThoseWithoutProblemMail(Connection& connection, std::uint64_t recovery) {
  // Held until the caller commits: a delivery that gives such a mail up meanwhile then finds the
  // recovery mail and takes it back.
  const std::array<Value, 1> params = {recovery};
  auto rows = connection.Query(
      "SELECT p.recipient FROM notifications n"
      " JOIN notifications problem ON problem.thread_key = n.thread_key AND problem.kind <> "
      "'recovery'"
      " JOIN notification_recipients p ON p.notification_id = problem.id"
      " WHERE n.id = ? GROUP BY p.recipient HAVING MIN(p.status = 'dead') = 1"
      " LOCK IN SHARE MODE",
      params);
  if (!rows) return Context("outbox", rows.error());
  while (rows->Next()) {
    const auto skipped = connection.Execute(
        "UPDATE notification_recipients SET status = 'skipped', next_attempt_at = NULL,"
        " last_error = 'the problem mail could not be delivered'"
        " WHERE notification_id = ? AND recipient = ? AND status = 'queued'",
        {Value{recovery}, Value{rows->Text(0)}});
    if (!skipped) return Context("outbox", skipped.error());
  }
  return {};
}

}  // namespace

Result<std::uint64_t> Enqueue(Connection& connection, std::int64_t alert_id, ReportKind kind,
                              const ComposedMail& mail, std::span<const std::string> recipients) {
  const std::set<std::string> each(recipients.begin(), recipients.end());
  if (each.empty()) return 0;
  const auto known = IdOf(connection, mail.dedup_key);
  if (!known) return Context("outbox", known.error());
  if (*known != 0) {
    log::Warning("mail is queued already", {{"dedup_key", mail.dedup_key}});
    return *known;
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
  if (kind == ReportKind::kRecovery) {
    if (auto skipped = SkipThoseWithoutProblemMail(connection, *id); !skipped) {
      return std::unexpected(skipped.error());
    }
  }
  return *id;
}

Result<std::uint64_t> RecordTold(Connection& connection, std::int64_t alert_id, ReportKind kind,
                                 const ComposedMail& mail, std::int64_t composed_at,
                                 std::span<const ToldRecipient> recipients) {
  const auto known = IdOf(connection, mail.dedup_key);
  if (!known) return Context("outbox", known.error());
  if (*known != 0) return *known;
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
  return *id;
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
