#include "alerting_system/dead_letters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mon::alerting_system {
namespace {

using mysql::Connection;
using mysql::Value;

constexpr const char* kLetters =
    "SELECT r.notification_id, r.recipient, r.status = 'uncertain', n.kind, n.subject, n.alert_id,"
    " r.attempts, r.last_error, CAST(UNIX_TIMESTAMP(n.created_at) AS SIGNED),"
    " (SELECT CAST(UNIX_TIMESTAMP(MAX(a.attempted_at)) AS SIGNED) FROM notification_attempts a"
    "  WHERE a.notification_id = r.notification_id AND a.recipient = r.recipient"
    "  AND a.outcome <> 'retried'),"
    " CAST(UNIX_TIMESTAMP(r.next_attempt_at) AS SIGNED)"
    " FROM notification_recipients r JOIN notifications n ON n.id = r.notification_id WHERE ";
constexpr const char* kOrder = " ORDER BY r.notification_id, r.recipient";

std::optional<std::int64_t> OptionalInt(const mysql::Rows& rows, unsigned column) {
  if (rows.IsNull(column)) return std::nullopt;
  return rows.Int(column);
}

Result<std::vector<DeadLetter>> ReadLetters(Connection& connection, const std::string& sql,
                                            std::span<const Value> params) {
  auto rows = connection.Query(sql, params);
  if (!rows) return std::unexpected(rows.error());
  std::vector<DeadLetter> letters;
  while (rows->Next()) {
    DeadLetter letter;
    letter.notification_id = rows->Int(0);
    letter.recipient = rows->Text(1);
    letter.uncertain = rows->Int(2) != 0;
    letter.kind = rows->Text(3);
    letter.subject = rows->Text(4);
    letter.alert_id = OptionalInt(*rows, 5);
    letter.attempts = static_cast<int>(rows->Int(6));
    letter.last_error = rows->Text(7);
    letter.queued_at = rows->Int(8);
    letter.last_attempt_at = OptionalInt(*rows, 9);
    letter.next_attempt_at = OptionalInt(*rows, 10);
    letters.push_back(std::move(letter));
  }
  return letters;
}

/// Why there is nothing to retry: "mail 17: a@x.org sent, b@x.org queued".
Result<std::string> WhatBecameOf(Connection& connection, std::int64_t id,
                                 const std::string& recipient) {
  auto rows = connection.Query(
      "SELECT recipient, status FROM notification_recipients WHERE notification_id = ?"
      " AND ? IN ('', recipient) ORDER BY recipient",
      {id, recipient});
  if (!rows) return std::unexpected(rows.error());
  if (rows->Count() == 0) {
    return fmt::format("there is no mail {}{}", id, recipient.empty() ? "" : " to " + recipient);
  }
  std::string states;
  while (rows->Next()) {
    states += fmt::format("{} {} {}", states.empty() ? "" : ",", rows->Text(0), rows->Text(1));
  }
  return fmt::format("mail {} is no dead letter:{}", id, states);
}

Result<void> EachHasALetter(Connection& connection, std::span<const std::int64_t> ids,
                            const std::string& recipient, const std::vector<DeadLetter>& letters) {
  std::string missing;
  for (const std::int64_t id : ids) {
    if (std::ranges::count(letters, id, &DeadLetter::notification_id) > 0) continue;
    auto why = WhatBecameOf(connection, id, recipient);
    if (!why) return std::unexpected(why.error());
    missing += (missing.empty() ? "" : "\n") + *why;
  }
  if (missing.empty()) return {};
  return Fail(ErrorCode::kInvalidData, missing);
}

/// The letters that are meant, locked with their mails: a recovery mail that is being queued at
/// this moment (Enqueue) is seen, or sees them.
Result<std::vector<DeadLetter>> Choose(Connection& connection, std::span<const std::int64_t> ids,
                                       const std::string& recipient) {
  const std::string which =
      ids.empty() ? "r.status = 'dead'"
                  : fmt::format("r.status IN ('dead', 'uncertain') AND r.notification_id IN ({})",
                                fmt::join(ids, ","));
  const std::array<Value, 1> params = {recipient};
  auto letters = ReadLetters(
      connection,
      fmt::format("{}{} AND ? IN ('', r.recipient){} FOR UPDATE", kLetters, which, kOrder), params);
  if (!letters) return letters;
  if (auto each = EachHasALetter(connection, ids, recipient, *letters); !each) {
    return std::unexpected(each.error());
  }
  return letters;
}

/// The end of an incident is told to those who are told of its begin: one whose problem mail was
/// given up had the recovery mail taken back, or skipped when it was queued.
Result<void> QueueRecovery(Connection& connection, const DeadLetter& letter) {
  const std::array<Value, 2> params = {letter.recipient, letter.notification_id};
  const auto queued = connection.Execute(
      "INSERT INTO notification_recipients (notification_id, recipient)"
      " SELECT later.id, ? FROM notifications problem"
      " JOIN notifications later ON later.thread_key = problem.thread_key"
      "  AND later.id > problem.id AND later.kind = 'recovery'"
      " WHERE problem.id = ? AND problem.kind = 'problem'"
      " ON DUPLICATE KEY UPDATE"  // the assignments go from left to right
      " next_attempt_at = IF(status = 'skipped', CURRENT_TIMESTAMP(3), next_attempt_at),"
      " last_error = IF(status = 'skipped', NULL, last_error),"
      " status = IF(status = 'skipped', 'queued', status)",
      params);
  if (!queued) return std::unexpected(queued.error());
  return {};
}

Result<void> MakeDue(Connection& connection, const DeadLetter& letter) {
  const std::array<Value, 2> key = {letter.notification_id, letter.recipient};
  const auto due = connection.Execute(
      "UPDATE notification_recipients SET status = IF(status = 'dead', 'queued', status),"
      " next_attempt_at = CURRENT_TIMESTAMP(3) WHERE notification_id = ? AND recipient = ?",
      key);
  if (!due) return std::unexpected(due.error());
  const auto noted = connection.Execute(
      "INSERT INTO notification_attempts (notification_id, recipient, outcome)"
      " VALUES (?, ?, 'retried')",
      key);
  if (!noted) return std::unexpected(noted.error());
  return letter.uncertain ? Result<void>() : QueueRecovery(connection, letter);
}

}  // namespace

Result<std::vector<DeadLetter>> ListDeadLetters(Connection& connection) {
  auto letters = ReadLetters(
      connection, fmt::format("{}r.status IN ('dead', 'uncertain'){}", kLetters, kOrder), {});
  if (!letters) return Context("dead letters", letters.error());
  return letters;
}

Result<std::vector<DeadLetter>> RetryDeadLetters(Connection& connection,
                                                 std::span<const std::int64_t> notification_ids,
                                                 const std::string& recipient) {
  auto letters = Choose(connection, notification_ids, recipient);
  if (!letters) return Context("dead letters", letters.error());
  for (const DeadLetter& letter : *letters) {
    if (auto due = MakeDue(connection, letter); !due) return Context("dead letters", due.error());
  }
  return letters;
}

}  // namespace mon::alerting_system
