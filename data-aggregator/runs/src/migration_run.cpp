#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/program.h"
#include "data_aggregator/migrate.h"
#include "data_aggregator/runs.h"

namespace mon::data_aggregator {

Result<ExitCode> RunMigration(const Config& config, const Clock& clock, bool dry_run,
                              std::stop_token stop) {
  // A statement on a big table takes as long as it takes, and nothing on our side can shorten it.
  const std::stop_callback leave(std::move(stop), [] {
    fmt::print(stderr, "data-aggregator: stopped; run --migrate again to go on\n");
    std::_Exit(static_cast<int>(ExitCode::kOk));
  });
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
