#include <CLI/CLI.hpp>
#include <string>

#include "anomaly_detector/rule.h"
#include "common/expect.h"
#include "common/program.h"
#include "common/signals.h"
#include "dispatch/policy.h"
#include "processor/processor.h"
#include "processor/rules_test.h"
#include "processor/run_backtest.h"

namespace {

constexpr const char* kFooter =
    "Without a command: one pass, as cron runs it.\n"
    "\n"
    "Examples:\n"
    "  processor                         one pass\n"
    "  processor --dry-run               what a pass would store and send\n"
    "  processor --daemon --interval 5s  keeps going until SIGTERM; with processor.share = \"on\"\n"
    "                                    several share the applications\n"
    "  processor rules test FILE         unit tests for rules: series in, alerts out\n"
    "  processor backtest --from -7d     what the rules would have fired on stored data\n"
    "\n"
    "Exit codes: 0 done; 1 a test of rules failed, or backtest found another story than was\n"
    "recorded; 64 wrong usage; 65 a file of tests is wrong; 66 it cannot be read; 69 the database\n"
    "or the mail server could not be reached (mails stay queued); 75 another run holds the lease;\n"
    "77 refused; 78 bad configuration, or tables missing: run data-aggregator --migrate.";

constexpr const char* kRulesTestFooter =
    "A FILE is TOML:\n"
    "  config = \"monitoring.toml\"    whose rules; or [[rule]] tables in FILE itself;\n"
    "                                else those of the configuration in force\n"
    "  [[test]]\n"
    "  name = \"errors that last\"\n"
    "  interval = \"10s\"              between two samples; the first is at 0s\n"
    "  [[test.series]]\n"
    "  application = \"shop\"\n"
    "  error_rate = \"0.02x4 0.9x6\"   0.02 and four more, 0.9 and six more; _ is no sample\n"
    "  [[test.expect]]\n"
    "  at = \"60s\"\n"
    "  alerts = [ { rule = \"high-error-rate\", state = \"firing\" } ]    all there are then";

constexpr const char* kBacktestFooter =
    "Changes nothing; an account that may only read is enough. Exit code 1 where what the rules\n"
    "would have fired and the alerts that were recorded differ.\n"
    "\n"
    "A TIME is \"2026-11-25 10:00\" (in mail.time_zone, default the system's), with a zone\n"
    "\"2026-11-25T10:00:00+01:00\", \"-2h\", \"now\", or epoch seconds.\n"
    "\n"
    "  processor backtest --from -7d                          the last week\n"
    "  processor backtest --from -7d --rules stricter.toml    with other rules";

struct Commands {
  CLI::App* backtest = nullptr;
  mon::processor::BacktestRequest backtest_request;
  CLI::App* rules = nullptr;
  mon::processor::RulesTestRequest test;
};

void AddFormat(CLI::App& app, bool& json) {
  app.add_option_function<std::string>(
         "--format", [&json](const std::string& name) { json = name == "json"; },
         "text for people (the default), json for programs")
      ->type_name("NAME")
      ->check(mon::expect::OneOf({"text", "json"}));
}

void AddCommands(CLI::App& app, Commands& commands) {
  commands.rules = app.add_subcommand("rules", "Work on rules without a database");
  commands.rules->require_subcommand(1);
  CLI::App* test =
      commands.rules->add_subcommand("test", "Run unit tests for rules: series in, alerts out");
  test->footer(kRulesTestFooter);
  test->add_option("FILE", commands.test.files, "Files with tests")->required();
  AddFormat(*test, commands.test.json);

  auto& request = commands.backtest_request;
  commands.backtest = app.add_subcommand(
      "backtest", "Show what the rules would have fired on stored data, and what was recorded");
  commands.backtest->footer(kBacktestFooter);
  commands.backtest->add_option("--from", request.from, "First sample")
      ->type_name("TIME")
      ->required();
  commands.backtest->add_option("--to", request.to, "Last sample")
      ->type_name("TIME")
      ->capture_default_str();
  commands.backtest
      ->add_option("--rules", request.rules,
                   "A file with [[rule]] tables, instead of the rules in force")
      ->type_name("FILE");
  AddFormat(*commands.backtest, request.json);
}

mon::Result<mon::ExitCode> RunCommand(const Commands& commands, const mon::LoadedConfig& loaded,
                                      const mon::ProgramOptions& options,
                                      const std::stop_token& stop) {
  if (options.daemon || options.once || options.dry_run) {
    return mon::Fail(mon::ErrorCode::kUsage,
                     "--daemon, --once and --dry-run belong to a pass, not to a command");
  }
  if (commands.rules->parsed()) return mon::processor::TestRules(loaded.config, commands.test);
  const mon::StopLimit limit(stop);
  return mon::processor::RunBacktest(loaded.config, commands.backtest_request, stop);
}

}  // namespace

int main(int argc, char** argv) {
  const mon::StopSignals signals;
  const mon::ProgramInfo info{
      .name = "processor",
      .description = "Judges new samples by the rules, keeps alerts, and queues and sends mails.",
      .footer = kFooter,
      .database_flags = true,
      .listen_flag = true,
      .section = "processor",
      .check_rule = mon::anomaly_detector::CheckRule,
      .check_alerting = mon::dispatch::CheckAlerting,
  };
  Commands commands;
  return mon::RunProgram(
      argc, argv, info, [&](CLI::App& app) { AddCommands(app, commands); },
      [&](const mon::LoadedConfig& loaded,
          const mon::ProgramOptions& options) -> mon::Result<mon::ExitCode> {
        if (commands.rules->parsed() || commands.backtest->parsed()) {
          return RunCommand(commands, loaded, options, signals.Token());
        }
        const mon::processor::RunOptions run{options.dry_run, mon::StdoutIsTerminal(),
                                             mon::processor::SharedFlags(argc, argv)};
        return options.daemon
                   ? mon::processor::RunDaemon(loaded, run, options.reload, signals.Token())
                   : mon::processor::RunOnce(loaded.config, run, signals.Token());
      });
}
