#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/config.h"
#include "common/error.h"
#include "mysql/connection.h"
#include "processor/alert.h"
#include "timeline.h"

namespace mon::processor {

struct BacktestOptions {
  std::int64_t from = 0;  ///< epoch seconds, both inclusive, by the samples' own time
  std::int64_t to = 0;
  std::int64_t now = 0;  ///< bounds what counts as a sample, see Check
  /// Who would be told of an alert.
  std::function<std::vector<std::string>(const Alert&)> recipients;
  /// Called after each page; `total` is 0 unless it was asked for by `count_rows`.
  std::function<void(std::size_t done, std::size_t total)> progress;
  bool count_rows = false;
};

struct MailCount {
  std::size_t problem = 0;
  std::size_t recovery = 0;
};

struct TimelineRow {
  std::string rule;
  std::string application;
  Timeline timeline;
};

/// An incident that one side has and the other has not.
struct Recorded {
  std::string rule;
  std::string application;
  std::int64_t started_at = 0;
  std::int64_t fired_at = 0;
  std::optional<std::int64_t> ended_at;
  std::string summary;
};

struct BacktestResult {
  std::size_t samples = 0;                        ///< within the range
  std::vector<std::shared_ptr<Alert>> incidents;  ///< that fire in the range, by that time
  std::vector<TimelineRow> timeline;              ///< applications without samples have none
  std::map<std::string, MailCount> mails;         ///< by recipient
  std::size_t recorded = 0;                       ///< in table alerts, fired in the range
  std::vector<Recorded> not_found;                ///< recorded, and not found again
  std::vector<std::shared_ptr<Alert>> not_recorded;

  [[nodiscard]] bool Differs() const { return !not_found.empty() || !not_recorded.empty(); }
};

/// What `rules` would have fired on the stored data of a range, as the processor judges it when
/// everything has arrived in time. Only reads: page by page, so that memory does not grow with the
/// range. Judging begins some samples before `from`, so that what is under way then is known.
///
/// An incident is the recorded one where rule and application are the same and they have an instant
/// in common. Alerts about silent sources are left out: no rule fires them.
///
/// Errors: those of the database; kTimeout where it was asked to stop.
[[nodiscard]] Result<BacktestResult> Backtest(mysql::Connection& connection, const Config& config,
                                              const std::vector<anomaly_detector::Rule>& rules,
                                              const BacktestOptions& options,
                                              const std::stop_token& stop);

}  // namespace mon::processor
