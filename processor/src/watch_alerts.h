#pragma once

#include <cstdint>
#include <string>

#include "common/error.h"
#include "mysql/connection.h"
#include "setup.h"
#include "summary.h"
#include "watch/watch.h"

namespace mon::processor {

enum class Writing {
  kReal,
  kNot,  ///< a dry run
};

/// A problem of a source or of the aggregator as an alert and its mails: rule "no-data",
/// "stale-data" or "bad-data", application the source's name.
class WatchAlerts {
 public:
  /// What is told is added to `summary`. All three must outlive it.
  WatchAlerts(const Setup& setup, mysql::Connection& connection, Writing writing, Summary& summary)
      : setup_(setup), connection_(connection), writing_(writing), summary_(summary) {}

  /// In the caller's transaction: an alert, and a mail for the recipients of today. Sets `told` and
  /// `alert_id`.
  [[nodiscard]] Result<void> Begin(watch::Watch& watch, std::int64_t now);

  /// Its end: a mail for those who got the first one.
  [[nodiscard]] Result<void> End(watch::Watch& watch);

 private:
  Result<void> Insert(watch::Watch& watch, const std::string& rule, std::int64_t now);
  Result<void> SaveEvent(std::int64_t alert_id, const std::string& kind, std::int64_t time,
                         const std::string& detail);

  const Setup& setup_;
  mysql::Connection& connection_;
  Writing writing_;
  Summary& summary_;
};

}  // namespace mon::processor
