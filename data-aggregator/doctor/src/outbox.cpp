#include "outbox.h"

#include <fmt/format.h>

namespace mon::data_aggregator::doctor {
namespace {

/// A pass a minute delivers what is due.
constexpr std::chrono::minutes kLongDue{5};

}  // namespace

Result<OutboxState> ReadOutbox(mysql::Connection& connection) {
  auto rows = connection.Query(
      "SELECT COUNT(next_attempt_at), COUNT(CASE WHEN status = 'dead' THEN 1 END),"
      " TIMESTAMPDIFF(SECOND, MIN(CASE WHEN next_attempt_at <= NOW(3) THEN next_attempt_at END),"
      " NOW(3)) FROM notification_recipients WHERE status NOT IN ('sent', 'skipped')");
  if (!rows) return std::unexpected(rows.error());
  OutboxState state;
  if (!rows->Next()) return state;
  state.waiting = rows->Uint(0);
  state.dead = rows->Uint(1);
  if (!rows->IsNull(2)) state.oldest_due = std::chrono::seconds(rows->Int(2));
  return state;
}

std::vector<Finding> JudgeOutbox(const OutboxState& state) {
  const std::string subject = "outbox";
  Outcome outcome;
  if (state.dead > 0)
    outcome.Warn(subject,
                 fmt::format("{} mails could not be delivered and were given up", state.dead),
                 "alerting-system dead-letters shows what the mail server said to whom; correct "
                 "smtp.to or ask its postmaster, then alerting-system dead-letters retry --all");
  if (state.oldest_due && *state.oldest_due > kLongDue)
    outcome.Warn(
        subject,
        fmt::format("{} mails wait, one of them since {}", state.waiting, Age(*state.oldest_due)),
        "does processor run? By hand, alerting-system deliver sends them, and says what "
        "hinders it");
  else
    outcome.Ok(subject, state.waiting == 0 ? std::string("no mail waits")
                                           : fmt::format("{} mails wait", state.waiting));
  return outcome.findings;
}

}  // namespace mon::data_aggregator::doctor
