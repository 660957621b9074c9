#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/zabbix_source.h"
#include "http/http_client.h"

namespace mon::data_aggregator {

/// What a run needs from outside; everything must outlive it.
struct World {
  const LoadedConfig& loaded;
  const Clock& clock;
  /// A client of the Zabbix that a configuration names; both arguments outlive it.
  std::function<std::unique_ptr<ZabbixSource>(http::Client&, const ZabbixConfig&)> connect_zabbix;
  std::stop_token stop;  ///< SIGTERM: the batch at hand is finished, then the run ends
};

/// One cycle, as cron calls it: takes the lease, reads everything within 50 s, gives the lease
/// back. Prints a summary on a terminal, nothing elsewhere. Failures of sources are logged and in
/// the exit code; errors: those of connecting, kConfig (schema), kBusy (another run holds the
/// lease). What it did is added to metrics/data-aggregator.prom in the state directory.
[[nodiscard]] Result<ExitCode> RunOnce(const World& world);

/// One cycle that prints what it would store. Takes no lease and changes nothing.
[[nodiscard]] Result<ExitCode> RunDry(const World& world);

/// Cycles at the configured interval until `stop` (see daemon::Run); `reload` loads the
/// configuration again. Whatever the database says, also that the login is wrong or tables are
/// missing, is waited for. Errors: those of daemon::Run.
[[nodiscard]] Result<ExitCode> RunDaemon(const World& world,
                                         const std::function<Result<LoadedConfig>()>& reload);

/// Brings the schema up to date and prints what was done (with `dry_run`: what would be). When
/// `stop` is requested it ends the process at once, with 0: the server takes the statement at hand
/// back, and the next migration goes on from there.
[[nodiscard]] Result<ExitCode> RunMigration(const Config& config, const Clock& clock, bool dry_run,
                                            std::stop_token stop);

/// Moves old rows to the archive, and says what was done: on a terminal, and with `dry_run`. Each
/// failure is logged and in the exit code. `stop` as above.
[[nodiscard]] Result<ExitCode> RunRetention(const Config& config, const Clock& clock, bool dry_run,
                                            std::stop_token stop);

/// Brings a day ("2025-06-15") back from the archive, of all tables where `tables` is empty. `stop`
/// as above.
[[nodiscard]] Result<ExitCode> RunRestore(const Config& config, const std::string& day,
                                          const std::vector<std::string>& tables, bool dry_run,
                                          std::stop_token stop);

}  // namespace mon::data_aggregator
