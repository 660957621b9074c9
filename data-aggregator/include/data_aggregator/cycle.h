#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/zabbix_source.h"
#include "data_aggregator/application_poller.h"
#include "data_aggregator/part.h"
#include "data_aggregator/sample_store.h"
#include "data_aggregator/spool.h"
#include "data_aggregator/zabbix_collector.h"
#include "http/http_client.h"

namespace mon::data_aggregator {

/// Where what was read goes.
struct Sinks {
  /// Null while the database is away. Then Zabbix is left alone: it keeps its values itself, and
  /// they are read from where the last cycle stopped.
  SampleStore* database = nullptr;
  /// Takes the samples that the database does not. Null where there is none: they are lost then.
  Spool* spool = nullptr;
  /// Told of every group of samples, and whether the database has them; may be empty.
  std::function<void(std::span<const ApplicationSample> samples, bool stored)> watch{};
};

/// What one cycle came to.
struct CycleReport {
  /// The first that applies of 78, 77, 74, 69, 65 over all sources; the store's where that failed.
  ExitCode exit_code = ExitCode::kOk;
  std::vector<SourceReport> sources;
  StoreResult samples;      ///< of the applications, into the database
  std::size_t spooled = 0;  ///< of them, into the spool
  std::size_t lost = 0;     ///< of them, nowhere: the disk is full, too
  StoreResult values;       ///< of Zabbix
  /// The store's failure, if any; what it took before is stored, the rest is not.
  std::optional<Error> store_error;
  bool reported = false;     ///< all of `sources` are stored
  bool stopped = false;      ///< ended early because it was told to
  bool hourly_due = false;   ///< time for what is done once an hour (see ZabbixReading::wide)
  bool tells_zabbix = true;  ///< see ZabbixReading::tells
};

/// Puts a failure of the store into the report; the first one counts.
void NoteStoreError(CycleReport& report, const Error& error);

/// Stores the rows of `report.sources`, and tells in `report` how that went. Cycle::Run has done so
/// already, unless `report.reported` is false: then the connection is lost, and this is for a store
/// on a new one.
void StoreReports(SampleStore& store, CycleReport& report);

/// Reads all sources into the store, once a call.
///
/// The applications and Zabbix are read at the same time, within one deadline; one that fails stops
/// no other. Each failure is logged with the name of its source when it begins or changes, and
/// when it is over, so that a daemon does not repeat itself. Use from one thread at a time; what
/// the constructor takes must outlive the object.
class Cycle {
 public:
  /// `zabbix` is null where no Zabbix is configured.
  Cycle(const Config& config, http::Client& http, ZabbixSource* zabbix, Readings readings);

  [[nodiscard]] CycleReport Run(const Sinks& sinks, TimePoint now, std::chrono::milliseconds limit,
                                std::stop_token stop, const Part& part = {});

 private:
  void TellErrors(const std::string& source, const std::string& error);

  const Config& config_;
  ApplicationPoller poller_;
  std::optional<ZabbixCollector> zabbix_;
  std::map<std::string, std::string> told_;  ///< the last error of each source that has one
};

}  // namespace mon::data_aggregator
