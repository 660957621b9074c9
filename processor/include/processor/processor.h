#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::processor {

struct RunOptions {
  bool dry_run = false;  ///< say what would be done, change nothing
  bool print_summary = false;
  /// --config, --env-file and the log flags as this program got them, for `alerting-system
  /// deliver`.
  std::vector<std::string> shared_flags;
};

/// One pass over what is new in the database, then a delivery where mails are due.
///
/// Returns kOk, or kUnavailable where a mail could not be delivered and stays queued. Errors: what
/// stopped the pass; kBusy where another run holds the lease; kConfig for tables that are missing.
/// A request to stop ends it behind the page at hand, with kOk; where that stands still, it ends
/// the process (StopLimit). What it did is added to metrics/processor.prom in the state directory.
[[nodiscard]] Result<ExitCode> RunOnce(const Config& config, const RunOptions& options,
                                       const std::stop_token& stop);

/// Passes every `config.processor.interval` until asked to stop, then kOk (see daemon::Run);
/// `reload` loads the configuration again. Starts and stays up whatever is down; without the lease
/// it stands by. Errors: kConfig for what shows before the first pass, and those of daemon::Run.
[[nodiscard]] Result<ExitCode> RunDaemon(const LoadedConfig& loaded, const RunOptions& options,
                                         const std::function<Result<LoadedConfig>()>& reload,
                                         const std::stop_token& stop);

/// Of a command line, the flags that another program of the platform needs to see the same
/// configuration: --config, --env-file, --log-level, --log-format, each with its value.
[[nodiscard]] std::vector<std::string> SharedFlags(int argc, const char* const* argv);

}  // namespace mon::processor
