// A program as any of ours, for the tests of what all programs share.

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>

#include "common/program.h"

namespace {

using mon::ErrorCode;
using mon::ExitCode;

mon::Result<ExitCode> Do(const std::string& what) {
  if (what == "throw") throw std::runtime_error("index out of range");
  if (what == "throw-int") throw 7;
  if (what == "found") return ExitCode::kFound;
  if (what == "busy") return mon::Fail(ErrorCode::kBusy, "another run holds the lease");
  if (what == "timeout") {
    return mon::Fail(ErrorCode::kTimeout, "zabbix: no answer\nforged\x1b[31m: line");
  }
  if (what == "core-limit") {
    rlimit limit{};
    getrlimit(RLIMIT_CORE, &limit);
    fmt::print("did {} {}\n", what, limit.rlim_cur);
    return ExitCode::kOk;
  }
  if (what == "file-limit") {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    fmt::print("did {} {}\n", what, limit.rlim_cur);
    return ExitCode::kOk;
  }
  fmt::print("did {}\n", what);
  return ExitCode::kOk;
}

}  // namespace

int main(int argc, char** argv) {
  mon::ProgramInfo info;
  info.name = "sample";
  info.description = "Does as it is told.";
  info.footer = "Examples:\n  sample do --what nothing";
  info.database_flags = true;
  info.listen_flag = true;
  info.section = "aggregator";
  std::string what = "nothing";
  return mon::RunProgram(
      argc, argv, info,
      [&what](CLI::App& app) {
        app.add_subcommand("do", "Do something")->add_option("--what", what, "What to do");
        app.require_subcommand(1);
      },
      [&what](const mon::LoadedConfig& loaded,
              const mon::ProgramOptions& options) -> mon::Result<ExitCode> {
        if (what == "options") {
          fmt::print("once={} daemon={} dry_run={} interval={} listen={}\n", options.once,
                     options.daemon, options.dry_run, loaded.config.aggregator.interval.count(),
                     loaded.config.aggregator.listen);
          return ExitCode::kOk;
        }
        return Do(what);
      });
}
