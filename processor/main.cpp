#include "anomaly_detector/rule.h"
#include "common/program.h"
#include "common/signals.h"
#include "dispatch/policy.h"
#include "processor/processor.h"

namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  processor                         one pass, as cron runs it\n"
    "  processor --dry-run               what a pass would store and send\n"
    "  processor --daemon --interval 5s  keeps going until SIGTERM\n"
    "\n"
    "Exit codes: 0 done; 64 wrong usage; 69 the database or the mail server could not be reached\n"
    "(mails stay queued); 75 another run holds the lease; 77 refused; 78 bad configuration, or\n"
    "tables missing: run data-aggregator --migrate.";

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
  return mon::RunProgram(
      argc, argv, info, {},
      [&](const mon::LoadedConfig& loaded,
          const mon::ProgramOptions& options) -> mon::Result<mon::ExitCode> {
        const mon::processor::RunOptions run{options.dry_run, mon::StdoutIsTerminal(),
                                             mon::processor::SharedFlags(argc, argv)};
        return options.daemon
                   ? mon::processor::RunDaemon(loaded, run, options.reload, signals.Token())
                   : mon::processor::RunOnce(loaded.config, run, signals.Token());
      });
}
