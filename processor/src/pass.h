#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "alert_book.h"
#include "alerting_system/report.h"
#include "batch.h"
#include "common/error.h"
#include "items_beside.h"
#include "judge.h"
#include "ledgers.h"
#include "memory.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "mysql_alerts.h"
#include "mysql_detectors.h"
#include "mysql_items.h"
#include "new_samples.h"
#include "pending.h"
#include "readiness.h"
#include "setup.h"
#include "summary.h"

namespace mon::processor {

/// One pass over what is new in the database: reads the rows that the ledger does not have, judges
/// them, and writes the ledger, the state of rules, alerts and the mails to send.
///
/// Works in pages of some thousand rows, more where many wait. Each page is one transaction that
/// ends by checking the lease, so that a pass may die anywhere: what it had not committed is done
/// again by the next one, with the same result. `setup` and `connection` must outlive it.
class Pass {
 public:
  /// `lease`: null for a dry run, which decides everything and writes nothing. `parts`: those whose
  /// applications are judged, while nobody else judges them. `progress`, where it is set, is called
  /// after each page.
  Pass(const Setup& setup, mysql::Connection& connection, const mysql::Lease* lease, Memory& memory,
       const Parts& parts, std::function<void()> progress = {});

  /// Stops between pages when asked to. Errors: those of the database; kBusy where the lease was
  /// lost, or where another member has to make the first pass of all on a database. What was
  /// committed until then stays.
  [[nodiscard]] Result<Summary> Run(const std::stop_token& stop);

  /// True where Run failed because of another transaction: the same again may succeed at once.
  [[nodiscard]] bool FailedByConflict() const { return failed_by_conflict_; }

 private:
  struct Page;

  Result<void> Start(const std::stop_token& stop);
  Result<void> BeginLedgers(const std::stop_token& stop);
  Result<void> GoesOn(const std::stop_token& stop);
  Result<void> BeginFirst(const Ledger& first);
  Result<void> DoPage(Page& page);
  Result<void> Judge(Page& page);
  std::vector<Portion> PortionsOf(const Batch& batch) const;
  Result<void> JudgePortion(processor::Judge& judge,
                            const std::vector<anomaly_detector::Rule>& rules,
                            const Portion& portion, SampleHistory& history);
  Result<void> BeginItems(const Portion& portion);
  Result<void> TakeItems(const Portion& portion);
  std::optional<std::int64_t> NewestSeen(const std::string& application);
  Result<void> PrepareDetectors(std::span<const std::string> applications);
  Result<void> Complete(Page& page);
  Result<void> LookForMoves(Alert& alert, SampleHistory& history);
  Result<void> NoteLateValues(Alert& alert);
  Result<void> Commit(Page& page);
  Result<void> Write(Page& page);
  Result<void> SaveAlerts(Page& page);
  const anomaly_detector::Rule* FindRule(const std::string& name) const;
  void Count(const Page& page);

  const Setup& setup_;
  mysql::Connection& connection_;
  const mysql::Lease* lease_;
  const Parts parts_;
  std::function<void()> progress_;
  std::chrono::steady_clock::time_point kept_lease_ = std::chrono::steady_clock::now();
  std::vector<anomaly_detector::Rule> plain_rules_;  // on metrics of the application alone
  std::vector<anomaly_detector::Rule> item_rules_;
  Memory& memory_;
  MysqlDetectors detector_store_;
  MysqlItems items_;
  ItemsBeside items_beside_;
  Evaluator evaluator_;
  MysqlAlerts alerts_;
  AlertBook book_;
  TimePoint now_;                   // the server's, at the beginning
  Ledgers::ByPart stored_ledgers_;  // as the database has them
  Ledgers ledgers_;                 // with what this pass has reached
  StoredPending pending_;
  std::map<std::string, std::int64_t> newest_waiting_;  // of earlier passes, by application
  Summary summary_;
  std::size_t looked_for_moves_ = 0;  // alerts
  bool failed_by_conflict_ = false;
};

/// A pass, made again where another transaction was in its way (a deadlock, a conflict of a
/// cluster). `memory`: as the pass before has left it, or a new one; after an error it is cleared.
[[nodiscard]] Result<Summary> RunPass(const Setup& setup, mysql::Connection& connection,
                                      const mysql::Lease* lease, Memory& memory, const Parts& parts,
                                      const std::stop_token& stop,
                                      const std::function<void()>& progress = {});

}  // namespace mon::processor
