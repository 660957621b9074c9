#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alerting_system/notice.h"
#include "common/error.h"
#include "mysql/connection.h"
#include "processor/alert.h"
#include "setup.h"
#include "summary.h"
#include "watch/watch.h"

namespace mon::processor {

enum class Writing {
  kReal,
  kNot,  ///< a dry run
};

/// Rule "no-data", "stale-data" or "bad-data".
[[nodiscard]] bool IsWatchRule(std::string_view rule);

/// The mail about an alert of such a rule. `now` in epoch seconds.
[[nodiscard]] alerting_system::ComposedMail WatchMail(const Alert& alert,
                                                      alerting_system::ReportKind kind,
                                                      std::vector<std::string> notes,
                                                      std::int64_t now,
                                                      const alerting_system::TimeZone& zone);

/// A problem of a source or of the aggregator as an alert: its rule is one of those, its
/// application the source's name. It is told like any other.
class WatchAlerts {
 public:
  /// What is told is added to `summary`. All three must outlive it.
  WatchAlerts(const Setup& setup, mysql::Connection& connection, Writing writing, Summary& summary)
      : setup_(setup), connection_(connection), writing_(writing), summary_(summary) {}

  /// In the caller's transaction: an alert that is to be told. Sets `told` and `alert_id`.
  [[nodiscard]] Result<void> Begin(watch::Watch& watch, std::int64_t now);

  /// Its end.
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
