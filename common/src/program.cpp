#include "common/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "common/expect.h"
#include "common/text.h"
#include "process.h"

namespace mon {

namespace {

constexpr std::chrono::milliseconds kShortestInterval{200};
constexpr std::chrono::milliseconds kLongestInterval{3'600'000};

/// The shared flags before they have a meaning.
struct Flags {
  std::string config_file;
  std::string env_file;
  bool check_config = false;
  bool show_config = false;
  std::string interval;
  std::string listen;
  log::Format log_format = log::Format::kText;
  ProgramOptions options;
};

/// A refusal in CLI11's way, whose text names the flag.
std::string CheckInterval(const std::string& text) {
  const Result<std::chrono::milliseconds> interval = ParseDuration(text);
  if (!interval) return interval.error().message;
  if (*interval >= kShortestInterval && *interval <= kLongestInterval) return {};
  return text + " is out of range: expected 200ms to 1h";
}

template <typename Value>
void AddChoice(CLI::App& app, const std::string& flag, Value& value,
               const std::map<std::string, Value>& choices, const std::string& help) {
  std::vector<std::string> names;
  for (const auto& [name, meaning] : choices) names.push_back(name);
  app.add_option_function<std::string>(
         flag, [&value, choices](const std::string& name) { value = choices.at(name); }, help)
      ->check(expect::OneOf(names))
      ->type_name("NAME");
}

void AddCommonFlags(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config_file,
                 "Configuration file; else $MONITORING_CONFIG, ./monitoring.toml,\n"
                 "/etc/monitoring-platform/monitoring.toml")
      ->type_name("FILE");
  app.add_option("--env-file", flags.env_file, "File of NAME=value lines; else ./.env")
      ->type_name("FILE");
  app.add_flag("--check-config", flags.check_config, "Check the configuration and exit");
  app.add_flag("--show-config", flags.show_config,
               "Print the configuration with the origin of each value and exit");
  AddChoice<log::Level>(app, "--log-level", flags.options.log_level,
                        {{"trace", log::Level::kTrace},
                         {"debug", log::Level::kDebug},
                         {"info", log::Level::kInfo},
                         {"warning", log::Level::kWarning},
                         {"error", log::Level::kError},
                         {"off", log::Level::kOff}},
                        "trace, debug, info, warning, error or off; default warning");
  AddChoice<log::Format>(app, "--log-format", flags.log_format,
                         {{"text", log::Format::kText}, {"json", log::Format::kJson}},
                         "text or json; default text");
}

void AddDatabaseFlags(CLI::App& app, Flags& flags) {
  CLI::Option* once =
      app.add_flag("--once", flags.options.once, "One pass, then exit (what happens without it)");
  app.add_flag("--daemon", flags.options.daemon, "Keep going until SIGTERM")->excludes(once);
  app.add_option("--interval", flags.interval,
                 "Time between two cycles of a daemon, 200ms to 1h; default 10s")
      ->type_name("DURATION")
      ->check(CheckInterval);
  app.add_flag("--dry-run", flags.options.dry_run,
               "Say what would be stored or sent, change nothing");
}

LoadOptions ToLoadOptions(const ProgramInfo& info, const Flags& flags) {
  LoadOptions options;
  options.config_file = flags.config_file;
  options.env_file = flags.env_file;
  options.check_rule = info.check_rule;
  options.check_alerting = info.check_alerting;
  if (!flags.interval.empty()) {
    options.flags.push_back({info.section + ".interval", "--interval", flags.interval});
  }
  if (!flags.listen.empty()) {
    options.flags.push_back({info.section + ".listen", "--listen", flags.listen});
  }
  return options;
}

/// An error as a person reads it. Only our own line begins at the margin.
void PrintError(const std::string& program, std::string_view message) {
  std::string text;
  for (std::size_t start = 0; start <= message.size();) {
    const std::size_t end = std::min(message.find('\n', start), message.size());
    if (start > 0) text += "\n  ";
    text += EscapeControls(CleanUtf8(message.substr(start, end - start), std::string::npos));
    start = end + 1;
  }
  fmt::print(stderr, "{}: {}\n", program, text);
}

ExitCode Report(const std::string& program, const Flags& flags, const Error& error) {
  if (error.code == ErrorCode::kBusy) {
    log::Info(error.message);
  } else if (flags.log_format == log::Format::kJson && log::Enabled(log::Level::kError)) {
    log::Error(error.message);
  } else {
    PrintError(program, error.message);
  }
  return ExitCodeFor(error.code);
}

ExitCode Usage(const std::string& program, std::string_view message) {
  PrintError(program, message);
  fmt::print(stderr, "Try '{} --help'.\n", program);
  return ExitCode::kUsage;
}

std::string WhatIsMissing(const CLI::App& app, const CLI::RequiredError& error) {
  const auto given = app.get_subcommands();
  if (!given.empty()) return WhatIsMissing(*given.front(), error);
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  if (commands.empty() || app.get_require_subcommand_min() == 0) return error.what();
  std::string names;
  for (const CLI::App* command : commands) {
    if (!names.empty()) names += " or ";
    names += command->get_name();
  }
  const bool is_program = app.get_parent() == nullptr;
  return fmt::format("{}a command is missing: expected {}", is_program ? "" : app.get_name() + ": ",
                     names);
}

/// Parses the command line; an exit code where there is nothing left to do.
std::optional<ExitCode> Parse(CLI::App& app, int argc, char** argv, const ProgramInfo& info,
                              const Flags& flags) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // Checking or showing the configuration needs no subcommand.
    const std::vector<std::string> unknown = app.remaining();
    if (!unknown.empty()) return Usage(info.name, "unknown argument " + QuoteJson(unknown.front()));
    if (!flags.check_config && !flags.show_config)
      return Usage(info.name, WhatIsMissing(app, error));
  } catch (const CLI::Success& answer) {  // --help and --version
    app.exit(answer);
    return ExitCode::kOk;
  } catch (const CLI::ParseError& error) {
    return Usage(info.name, error.what());
  }
  return std::nullopt;
}

ExitCode LoadAndRun(
    const ProgramInfo& info, const Flags& flags,
    const std::function<Result<ExitCode>(const LoadedConfig&, const ProgramOptions&)>& run) {
  const Result<LoadedConfig> loaded = LoadConfig(ToLoadOptions(info, flags));
  if (!loaded) return Report(info.name, flags, loaded.error());
  for (const std::string& warning : loaded->warnings) log::Warning(warning);
  if (flags.show_config) {
    fmt::print("{}", ShowConfig(*loaded));
    return ExitCode::kOk;
  }
  if (flags.check_config) {
    fmt::print("configuration is good: {}\n",
               loaded->file.empty() ? "no file, defaults and environment" : loaded->file.string());
    return ExitCode::kOk;
  }
  ProgramOptions options = flags.options;
  options.reload = [&] { return LoadConfig(ToLoadOptions(info, flags)); };
  const Result<ExitCode> outcome = run(*loaded, options);
  return outcome ? *outcome : Report(info.name, flags, outcome.error());
}

/// What is below a command shows its own flags alone.
void PointToSharedHelp(CLI::App& app, const std::string& program) {
  for (CLI::App* subcommand : app.get_subcommands([](CLI::App*) { return true; })) {
    const auto own = subcommand->get_footer();
    subcommand->footer(fmt::format("{}{}Shared flags, examples and exit codes: {} --help", own,
                                   own.empty() ? "" : "\n\n", program));
    PointToSharedHelp(*subcommand, program);
  }
}

ExitCode ParseAndRun(
    int argc, char** argv, const ProgramInfo& info, const std::function<void(CLI::App&)>& add_flags,
    const std::function<Result<ExitCode>(const LoadedConfig&, const ProgramOptions&)>& run) {
  Flags flags;
  CLI::App app(info.description, info.name);
  app.footer(info.footer);
  app.fallthrough();  // shared flags are good behind a subcommand, too
  app.set_version_flag("--version", fmt::format("{}, {}", info.name, VersionText()));
  AddCommonFlags(app, flags);
  if (info.database_flags) AddDatabaseFlags(app, flags);
  if (info.listen_flag) {
    app.add_option("--listen", flags.listen,
                   "Where a daemon answers /-/healthy, /-/ready and /metrics, or 'none'")
        ->type_name("ADDR:PORT");
  }
  if (add_flags) add_flags(app);
  PointToSharedHelp(app, info.name);

  if (const auto done = Parse(app, argc, argv, info, flags)) return *done;
  log::Setup(info.name, flags.options.log_level, flags.log_format);
  if (flags.options.daemon) RaiseOpenFileLimit();
  return LoadAndRun(info, flags, run);
}

}  // namespace

int RunProgram(
    int argc, char** argv, const ProgramInfo& info, const std::function<void(CLI::App&)>& add_flags,
    const std::function<Result<ExitCode>(const LoadedConfig&, const ProgramOptions&)>& run) {
  KeepStandardDescriptors();
  BlockCoreDumps();
  ExitCode code = ExitCode::kSoftware;
  try {
    code = ParseAndRun(argc, argv, info, add_flags, run);
  } catch (const std::exception& error) {
    PrintError(info.name, fmt::format("internal error: {}", error.what()));
  } catch (...) {
    PrintError(info.name, "internal error");
  }
  if (!FlushStdout()) {
    // The program may have told of it already, with the reason.
    if (code != ExitCode::kIo) PrintError(info.name, "standard output could not be written");
    code = Worse(code, ExitCode::kIo);
  }
  return static_cast<int>(code);
}

}  // namespace mon
