#include <fmt/format.h>

#include <cstdio>

#include "common/program.h"
#include "data_aggregator/migrate.h"
#include "data_aggregator/runs.h"

namespace mon::data_aggregator {

Result<ExitCode> RunMigration(const Config& config, const Clock& clock, bool dry_run) {
  auto connection = mysql::Connection::Open(config.mysql, AdminOptions());
  if (!connection) return std::unexpected(connection.error());
  MigrateOptions options;
  options.dry_run = dry_run;
  options.now = clock.Now();
  if (StdoutIsTerminal())
    options.progress = [](const std::string& step) { fmt::print(stderr, "{}\n", step); };
  const auto result = Migrate(*connection, options);
  if (!result) return std::unexpected(result.error());
  for (const std::string& step : result->done)
    fmt::print("{}{}\n", dry_run ? "would do: " : "", step);
  fmt::print("schema {} of {} on {}{}\n", result->version, config.mysql.database,
             connection->ServerName(), result->done.empty() ? ": nothing to do" : "");
  return ExitCode::kOk;
}

}  // namespace mon::data_aggregator
