#include <CLI/CLI.hpp>
#include <memory>
#include <stop_token>

#include "anomaly_detector/rule.h"
#include "common/clock.h"
#include "common/program.h"
#include "common/signals.h"
#include "data_aggregator/runs.h"
#include "http/http_client.h"
#include "zabbix_connector/connector.h"

namespace {

constexpr const char* kFooter =
    "Without --daemon and --migrate: one cycle, then exits, silent when all is well (for cron).\n"
    "\n"
    "Examples:\n"
    "  data-aggregator --migrate           creates the tables or brings them up to date\n"
    "  data-aggregator --dry-run           says what a cycle would store\n"
    "  data-aggregator --daemon --interval 10s\n"
    "\n"
    "Exit codes: 0 done; 64 wrong usage; 65 samples were refused; 69 a source or the database "
    "could\n"
    "not be reached or gave no usable answer; 74 the database server's disk is full; 75 another "
    "run\n"
    "is at it; 77 login or permission refused; 78 bad configuration, missing tables or an unknown "
    "Zabbix host.";

mon::Result<mon::ExitCode> Run(const mon::LoadedConfig& loaded, const mon::ProgramOptions& options,
                               bool migrate, const std::stop_token& stop) {
  const mon::SystemClock clock;
  if (migrate)
    return mon::data_aggregator::RunMigration(loaded.config, clock, options.dry_run, stop);
  const mon::StopLimit limit(stop);
  // Zabbix is read beside the applications: each has a client of its own.
  const auto http = mon::http::MakeCurlClient({.ca_file = loaded.config.ca_file});
  std::unique_ptr<mon::http::Client> zabbix_http;
  std::unique_ptr<mon::ZabbixSource> zabbix;
  if (!loaded.config.zabbix.url.empty()) {
    zabbix_http = mon::http::MakeCurlClient({.ca_file = loaded.config.ca_file});
    zabbix = std::make_unique<mon::zabbix_connector::Connector>(*zabbix_http, loaded.config.zabbix);
  }
  const mon::data_aggregator::World world{
      .loaded = loaded, .clock = clock, .http = *http, .zabbix = zabbix.get(), .stop = stop};
  if (options.dry_run) return mon::data_aggregator::RunDry(world);
  return options.daemon ? mon::data_aggregator::RunDaemon(world)
                        : mon::data_aggregator::RunOnce(world);
}

}  // namespace

int main(int argc, char** argv) {
  const mon::StopSignals signals;
  mon::ProgramInfo info;
  info.name = "data-aggregator";
  info.description = "Collects application metrics and Zabbix history into MySQL.";
  info.footer = kFooter;
  info.check_rule = mon::anomaly_detector::CheckRule;
  info.database_flags = true;
  info.listen_flag = true;
  info.section = "aggregator";
  bool migrate = false;
  return mon::RunProgram(
      argc, argv, info,
      [&](CLI::App& app) {
        app.add_flag("--migrate", migrate, "Create the tables or bring them up to date, then exit")
            ->excludes("--daemon")
            ->excludes("--once");
      },
      [&](const mon::LoadedConfig& loaded, const mon::ProgramOptions& options) {
        return Run(loaded, options, migrate, signals.Token());
      });
}
