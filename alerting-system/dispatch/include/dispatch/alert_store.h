#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/error.h"
#include "dispatch/audit.h"
#include "dispatch/labels.h"
#include "dispatch/matcher.h"
#include "mysql/connection.h"

namespace mon::dispatch {

/// Alerts as people ask for them. Times are epoch seconds. Errors are those of mysql::Connection.
struct AlertRow {
  std::int64_t id = 0;
  std::string state;  ///< "firing", "acknowledged", "silenced", "resolved"
  std::string severity;
  std::string application;
  std::string rule;
  std::string summary;
  std::int64_t started_at = 0;
  std::optional<std::int64_t> ended_at;
  std::optional<double> value, limit, peak;
  std::optional<int> priority;
  std::string priority_parts;
  std::string held_by;  ///< what holds its mails back; empty: nothing
  std::optional<std::int64_t> held_until;
  std::string acknowledged_by;
  std::optional<std::int64_t> acknowledged_at;
  Labels labels;  ///< as routes and silences see them
};

struct AlertFilter {
  std::set<std::string> states;  ///< empty: those that go on
  std::vector<Matcher> match;
  std::int64_t ended_since = 0;   ///< of those that are over
  std::vector<std::int64_t> ids;  ///< empty: all
};

/// Those that go on first; of these the worst, by severity and then priority, then the oldest.
[[nodiscard]] Result<std::vector<AlertRow>> ListAlerts(mysql::Connection& connection,
                                                       const AlertFilter& filter);

struct AlertEventRow {
  std::int64_t created_at = 0;
  std::string kind, detail;
};
struct AlertMailRow {
  std::int64_t notification_id = 0;
  std::int64_t queued_at = 0;
  std::string kind, recipient, status, subject, last_error;
  int attempts = 0;
};

/// What became of one alert, oldest first.
[[nodiscard]] Result<std::vector<AlertEventRow>> LoadEvents(mysql::Connection& connection,
                                                            std::int64_t alert_id);
[[nodiscard]] Result<std::vector<AlertMailRow>> LoadMails(mysql::Connection& connection,
                                                          std::int64_t alert_id);
/// Column `evidence`, JSON.
[[nodiscard]] Result<std::string> LoadEvidence(mysql::Connection& connection,
                                               std::int64_t alert_id);

/// Somebody takes alerts on, or gives them back (`acknowledged` false): no more reminders and
/// escalations; the end is told all the same. In the caller's transaction, with history and audit.
/// Errors: kInvalidData, and nothing is changed, for an id of no alert, of one that is over, or
/// of one that is (or is not) acknowledged already.
[[nodiscard]] Result<void> Acknowledge(mysql::Connection& connection,
                                       const std::set<std::int64_t>& alert_ids, bool acknowledged,
                                       const Actor& actor);

}  // namespace mon::dispatch
