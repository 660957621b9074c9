#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <string>

#include "anomaly_detector/rule.h"
#include "common/expect.h"
#include "common/program.h"
#include "common/text.h"
#include "deliver.h"
#include "send.h"

namespace {

constexpr const char* kFooter = R"(Examples:
  alerting-system send --subject "Disk full" --body "db-1: /var has 0 bytes left" --severity critical
  alerting-system send --subject "Test" --body "Does mail work?" --dry-run    the exact bytes
  alerting-system deliver                 what is queued, then exit
  alerting-system deliver --daemon        keep delivering

Exit codes: 0 all delivered (a mail that waits for its retry is no failure); 64 wrong usage;
65 refused text; 69 the mail server or the database could not be reached, or a mail was refused or
put off (it is named; what can be delivered later stays queued); 74 the maildir could not be
written; 75 another delivery is at work; 77 login or certificate refused; 78 bad configuration.)";

}  // namespace

int main(int argc, char** argv) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  mon::ProgramInfo info;
  info.name = "alerting-system";
  info.description = "Mails alerts: one at once, or what the processor has queued.";
  info.footer = kFooter;
  info.check_rule = mon::anomaly_detector::CheckRule;
  info.database_flags = true;
  info.listen_flag = true;
  info.section = "alerting";

  mon::alerting_system::SendRequest send;
  std::string max_runtime;
  CLI::App* send_command = nullptr;
  const auto add_flags = [&](CLI::App& app) {
    app.require_subcommand(1);
    send_command = app.add_subcommand("send", "Mail one alert at once, without a database");
    send_command->add_option("--subject", send.subject, "Subject of the mail")->required();
    send_command->add_option("--body", send.body, "Text of the mail")->required();
    send_command->add_option("--severity", send.severity, "info, warning or critical")
        ->type_name("LEVEL")
        ->check(mon::expect::OneOf({"info", "warning", "critical"}));
    CLI::App* deliver = app.add_subcommand("deliver", "Deliver what is queued in the database");
    deliver->add_option("--max-runtime", max_runtime, "End a pass after this time, \"20s\"")
        ->type_name("DURATION")
        ->check(mon::expect::Duration());
  };
  const auto run = [&](const mon::LoadedConfig& loaded,
                       const mon::ProgramOptions& options) -> mon::Result<mon::ExitCode> {
    if (send_command->parsed()) {
      if (options.daemon) {
        return mon::Fail(mon::ErrorCode::kUsage, "send: --daemon belongs to 'deliver'");
      }
      send.dry_run = options.dry_run;
      return mon::alerting_system::Send(loaded.config, send);
    }
    mon::alerting_system::DeliverRequest request;
    request.daemon = options.daemon;
    request.dry_run = options.dry_run;
    request.reload = options.reload;
    if (!max_runtime.empty()) request.max_runtime = *mon::ParseDuration(max_runtime);
    return mon::alerting_system::Deliver(loaded, request);
  };
  return mon::RunProgram(argc, argv, info, add_flags, run);
}
