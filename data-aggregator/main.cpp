#include <CLI/CLI.hpp>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/clock.h"
#include "common/expect.h"
#include "common/program.h"
#include "common/signals.h"
#include "data_aggregator/doctor.h"
#include "data_aggregator/runs.h"
#include "dispatch/policy.h"
#include "http/http_client.h"
#include "zabbix_connector/connector.h"

namespace {

constexpr const char* kFooter =
    "Without a command, --daemon and --migrate: one cycle, then exits, silent when all is well "
    "(for cron).\n"
    "\n"
    "Examples:\n"
    "  data-aggregator --migrate           creates the tables or brings them up to date\n"
    "  data-aggregator --dry-run           says what a cycle would store\n"
    "  data-aggregator --daemon --interval 10s\n"
    "  data-aggregator --daemon            with aggregator.share = \"on\" several share the "
    "targets,\n"
    "                                      each with a state directory of its own\n"
    "  data-aggregator retention           moves old rows to compressed files, once a day from "
    "cron\n"
    "  data-aggregator restore --day 2025-06-15\n"
    "  data-aggregator doctor              says what is wrong around it, and how to mend it\n"
    "\n"
    "Exit codes: 0 done; 1 doctor found something; 64 wrong usage; 65 samples were refused, or a\n"
    "file of the archive is damaged; 66 the archive cannot be read; 69 a source or the database\n"
    "could not be reached or gave no usable answer; 74 a disk is full; 75 another run is at it;\n"
    "77 login or permission refused; 78 bad configuration, missing tables or an unknown Zabbix "
    "host.";

/// What is asked for besides a cycle.
struct Command {
  bool migrate = false;
  CLI::App* retention = nullptr;
  CLI::App* restore = nullptr;
  CLI::App* doctor = nullptr;
  std::string format = "table";
  std::string day;
  std::vector<std::string> tables;

  [[nodiscard]] bool OfItsOwn() const {
    return retention->parsed() || restore->parsed() || doctor->parsed();
  }
};

void AddCommands(CLI::App& app, Command& command) {
  app.add_flag("--migrate", command.migrate,
               "Create the tables or bring them up to date, then exit")
      ->excludes("--daemon")
      ->excludes("--once");
  command.retention =
      app.add_subcommand("retention", "Move rows older than [retention] says to compressed files");
  command.retention->footer(
      "What detectors have learnt of series that ended goes without a file.\n"
      "data-aggregator --dry-run retention says what would go, and changes nothing.");
  command.restore = app.add_subcommand("restore", "Bring a day back from those files");
  command.restore->footer("data-aggregator --dry-run restore --day DAY says what would come back.");
  command.restore->add_option("--day", command.day, "The day, in UTC: 2025-06-15")
      ->type_name("DAY")
      ->required();
  command.restore
      ->add_option("--table", command.tables,
                   "zabbix_history, hyphenmon_metrics or quarantine; default all")
      ->type_name("NAME")
      ->check(mon::expect::OneOf({"zabbix_history", "hyphenmon_metrics", "quarantine"}));
  command.doctor = app.add_subcommand(
      "doctor", "Look at all that the platform needs, and say what is wrong and how to mend it");
  command.doctor->add_option("--format", command.format, "table for people, json for programs")
      ->type_name("NAME")
      ->check(mon::expect::OneOf({"table", "json"}))
      ->capture_default_str();
}

mon::Result<mon::ExitCode> Run(const mon::LoadedConfig& loaded, const mon::ProgramOptions& options,
                               const Command& command, const std::stop_token& stop) {
  const mon::SystemClock clock;
  if (command.OfItsOwn() && (options.daemon || options.once || command.migrate))
    return mon::Fail(mon::ErrorCode::kUsage,
                     "--daemon, --once and --migrate do not go with retention, restore and doctor");
  if (command.retention->parsed())
    return mon::data_aggregator::RunRetention(loaded.config, clock, options.dry_run, stop);
  if (command.restore->parsed())
    return mon::data_aggregator::RunRestore(loaded.config, command.day, command.tables,
                                            options.dry_run, stop);
  if (command.doctor->parsed())
    return mon::data_aggregator::RunDoctor(loaded, clock, command.format == "json", stop);
  if (command.migrate)
    return mon::data_aggregator::RunMigration(loaded.config, clock, options.dry_run, stop);
  const mon::data_aggregator::World world{
      .loaded = loaded,
      .clock = clock,
      .connect_zabbix = [](mon::http::Client& http,
                           const mon::ZabbixConfig& config) -> std::unique_ptr<mon::ZabbixSource> {
        return std::make_unique<mon::zabbix_connector::Connector>(http, config);
      },
      .stop = stop};
  if (options.daemon && !options.dry_run) {
    return mon::data_aggregator::RunDaemon(world, options.reload);
  }
  const mon::StopLimit limit(stop);
  return options.dry_run ? mon::data_aggregator::RunDry(world)
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
  info.check_alerting = mon::dispatch::CheckAlerting;
  info.database_flags = true;
  info.listen_flag = true;
  info.section = "aggregator";
  Command command;
  return mon::RunProgram(
      argc, argv, info, [&](CLI::App& app) { AddCommands(app, command); },
      [&](const mon::LoadedConfig& loaded, const mon::ProgramOptions& options) {
        return Run(loaded, options, command, signals.Token());
      });
}
