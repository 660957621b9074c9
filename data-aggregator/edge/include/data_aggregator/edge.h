#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <span>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/sample.h"
#include "mysql/connection.h"
#include "mysql/lease.h"

namespace mon::data_aggregator {

/// Stands in for the processor while the database is away: judges the rules on metrics of the
/// applications alone (not those that name a Zabbix item) on the samples as they are read, and
/// mails what begins, and what of that ends.
///
/// Every sample moves the rules, also while all is well, so that an incident from before the cut is
/// known as that and not told again. Mails go out once the database has been away for a minute:
/// a mail of the processor, which comes after a shorter absence, says more. When the database is
/// back, `HandOver` records as alerts what was told; the processor then knows those incidents in
/// the samples that come from the spool, and sends the recovery mails that are still missing. What
/// nobody was told of is left to the processor.
///
/// A mail that is repeated after a crash has the same Message-ID, here and in the outbox.
///
/// State is kept in `edge.json` in the spool's directory, whose lock the caller holds. Mails go out
/// in the background. Use from one thread.
class Edge {
 public:
  /// Goes on from what `edge.json` says; with a warning from nothing where it cannot be understood.
  /// `config` must outlive it. `directory`: of the spool.
  Edge(const Config& config, const std::filesystem::path& directory);
  ~Edge();  ///< ends a mail that is under way, and writes the state
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  /// Judges samples in the order in which they came. `stored`: the database has taken them.
  void Judge(std::span<const ApplicationSample> samples, bool stored);

  /// After a cycle: begins to send what is to be told, and writes the state where it matters.
  /// `away`: the database was not there, or did not take what came.
  void Tell(bool away, TimePoint now);

  /// Waits for the mails that are under way, at most so long: for a run that ends.
  void Finish(std::chrono::milliseconds limit);

  /// True where HandOver has something to do.
  [[nodiscard]] bool HasTold() const;

  /// Records what was told while the database was away, in transactions of many incidents. Call
  /// before anything is stored. Waits a few seconds for a mail that is under way. Errors: those of
  /// the database, and kTimeout where not all of many was recorded within ten seconds; after them
  /// it is to be called again, and nothing is to be stored before. Where only rights are missing
  /// that is logged, and the processor tells those incidents once more, by mails of the same
  /// Message-IDs.
  [[nodiscard]] Result<void> HandOver(mysql::Connection& connection, const mysql::Lease& lease);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::data_aggregator
