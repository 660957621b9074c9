#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "common/log.h"
#include "common/program.h"
#include "data_aggregator/migrate.h"
#include "data_aggregator/retention.h"
#include "data_aggregator/runs.h"

namespace mon::data_aggregator {
namespace {

/// Each step can be cut off, and the server takes a transaction at hand back.
auto LeaveAtOnce(const char* command) {
  return [command] {
    fmt::print(stderr, "data-aggregator: stopped; run {} again to go on\n", command);
    std::_Exit(static_cast<int>(ExitCode::kOk));
  };
}

std::function<void(const std::string&)> Progress() {
  if (!StdoutIsTerminal()) return [](const std::string&) {};
  return [](const std::string& step) { fmt::print(stderr, "{}\n", step); };
}

/// By the name of the database, so that two of them keep apart.
std::filesystem::path ArchiveOf(const Config& config) {
  std::string name = config.mysql.database;
  std::ranges::replace(name, '/', '_');
  return (config.retention.directory.empty() ? config.state_dir / "archive"
                                             : config.retention.directory) /
         name;
}

Error WithRights(Error error) {
  if (error.code == ErrorCode::kRejected)
    error.message +=
        "; retention works as MYSQL_ADMIN_USER, and needs SELECT, INSERT, UPDATE, DELETE, CREATE, "
        "DROP and ALTER on the database";
  return error;
}

void Print(const std::vector<std::string>& lines, bool dry_run) {
  if (!dry_run && !StdoutIsTerminal()) return;
  for (const std::string& line : lines) fmt::print("{}\n", line);
}

/// Whole days of rows are read, and written by a restore.
mysql::ConnectOptions BulkOptions() {
  mysql::ConnectOptions options = AdminOptions();
  options.bulk = true;
  return options;
}

}  // namespace

Result<ExitCode> RunRetention(const Config& config, const Clock& clock, bool dry_run,
                              std::stop_token stop) {
  const std::stop_callback leave(std::move(stop), LeaveAtOnce("retention"));
  auto connection = mysql::Connection::Open(config.mysql, BulkOptions());
  if (!connection) return std::unexpected(WithRights(connection.error()));
  RetentionOptions options;
  options.keep = config.retention;
  options.keep.directory = ArchiveOf(config);
  options.now = clock.Now();
  options.dry_run = dry_run;
  options.progress = Progress();
  const auto report = Retain(*connection, options);
  if (!report) return std::unexpected(WithRights(report.error()));
  Print(report->done, dry_run);
  ExitCode code = ExitCode::kOk;
  for (const Error& error : report->errors) {
    log::Error("not everything was archived; what was not is still in its table",
               {{"error", WithRights(error).message}});
    code = Worse(code, ExitCodeFor(error.code));
  }
  if (report->done.empty() && code == ExitCode::kOk) Print({"nothing to do"}, dry_run);
  return code;
}

Result<ExitCode> RunRestore(const Config& config, const std::string& day,
                            const std::vector<std::string>& tables, bool dry_run,
                            std::stop_token stop) {
  const std::stop_callback leave(std::move(stop), LeaveAtOnce("restore"));
  RestoreOptions options;
  const auto parsed = ParseDay(day);
  if (!parsed) return std::unexpected(parsed.error());
  options.directory = ArchiveOf(config);
  options.day = *parsed;
  options.tables = tables;
  options.keep = config.retention.restored;
  options.dry_run = dry_run;
  options.progress = Progress();
  auto connection = mysql::Connection::Open(config.mysql, BulkOptions());
  if (!connection) return std::unexpected(WithRights(connection.error()));
  const auto done = Restore(*connection, options);
  if (!done) return std::unexpected(WithRights(done.error()));
  Print(*done, dry_run);
  return ExitCode::kOk;
}

}  // namespace mon::data_aggregator
