#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "mysql/connection.h"

namespace mon::alerting_system {

/// A mail that one recipient may lack: `dead` (given up), or `uncertain` (the server may or may not
/// have taken it). Times are epoch seconds.
struct DeadLetter {
  std::int64_t notification_id = 0;
  std::string recipient;
  bool uncertain = false;
  std::string kind;  ///< "problem", "recovery", "both"
  std::string subject;
  std::optional<std::int64_t> alert_id;  ///< none: not about an alert
  int attempts = 0;
  std::string last_error;
  std::int64_t queued_at = 0;
  std::optional<std::int64_t> last_attempt_at;
  std::optional<std::int64_t> next_attempt_at;  ///< an uncertain one that is still tried by itself
};

/// All of them, by notification and recipient.
[[nodiscard]] Result<std::vector<DeadLetter>> ListDeadLetters(mysql::Connection& connection);

/// Makes dead letters due again, in the caller's open transaction: those of `notification_ids`,
/// dead or uncertain, or, where that is empty, all that are dead. `recipient` narrows both; empty:
/// everybody's.
///
/// A dead one is `queued`; an uncertain one stays that, for it may have arrived. They keep their
/// number of attempts and their Message-ID, have as long as a new mail until they are given up, and
/// notification_attempts gets a row `retried`. Whoever is to get the problem mail after all is to
/// get its recovery mail as well.
/// Returns what was made due. Errors: kInvalidData, and nothing is changed, for an id without a
/// dead letter, saying what became of its mail; else those of mysql::Connection.
[[nodiscard]] Result<std::vector<DeadLetter>> RetryDeadLetters(
    mysql::Connection& connection, std::span<const std::int64_t> notification_ids,
    const std::string& recipient);

}  // namespace mon::alerting_system
