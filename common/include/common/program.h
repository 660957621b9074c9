#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "common/log.h"

namespace CLI {
class App;
}

namespace mon {

/// What a program tells about itself and which of the shared flags it takes.
struct ProgramInfo {
  std::string name;             ///< "data-aggregator"
  std::string description;      ///< one sentence for --help
  std::string footer;           ///< examples and exit codes, printed below the flags
  bool database_flags = false;  ///< --once, --daemon, --interval, --dry-run
  bool listen_flag = false;     ///< --listen of the daemon's HTTP endpoint
  std::string section;  ///< "aggregator": where --interval and --listen go in the configuration
  /// Checks rule expressions, which `common` cannot; see LoadOptions::check_rule.
  std::function<Result<void>(const RuleConfig&)> check_rule = {};
  /// Likewise for routes; see LoadOptions::check_alerting.
  std::function<Result<void>(const Config&)> check_alerting = {};
};

/// The shared flags as the user gave them.
struct ProgramOptions {
  bool once = false;
  bool daemon = false;
  bool dry_run = false;
  log::Level log_level = log::Level::kWarning;
  /// Loads the configuration again, with the flags and the environment of the start.
  std::function<Result<LoadedConfig>()> reload;
};

/// The one shape of every main(): parses flags, answers --help, --version, --check-config and
/// --show-config, loads the configuration, sets up logging, calls `run`, and turns what comes back
/// into the exit code. Blocks core dumps, and is the last catch: an exception is a bug of ours
/// (70).
///
/// `add_flags` (may be empty) adds the program's own flags and subcommands. CLI11 parses flags
/// before subcommands, so shared flags are accepted on both sides of a subcommand. `run` prints
/// results to standard output; an Error it returns is printed once, to standard error.
int RunProgram(
    int argc, char** argv, const ProgramInfo& info, const std::function<void(CLI::App&)>& add_flags,
    const std::function<Result<ExitCode>(const LoadedConfig&, const ProgramOptions&)>& run);

/// Lets the process have as many open files as the system allows; a daemon has them without asking.
/// The limit of a shell is low for the sake of select(), which no library of ours uses.
void RaiseOpenFileLimit();

/// True where standard output is a terminal: the place for colours, progress and a closing summary.
[[nodiscard]] bool StdoutIsTerminal();

/// "monitoring-platform 0.1.0".
[[nodiscard]] std::string_view VersionText();

}  // namespace mon
