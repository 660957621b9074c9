#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <string>

#include "anomaly_detector/rule.h"
#include "common/expect.h"
#include "common/program.h"
#include "common/text.h"
#include "dead_letters.h"
#include "deliver.h"
#include "dispatch/policy.h"
#include "on_call.h"
#include "send.h"

namespace {

constexpr const char* kFooter = R"(Examples:
  alerting-system list                    what goes on, the worst first
  alerting-system show 12                 everything about an alert
  alerting-system ack 12 --comment "on it"
  alerting-system silence 'application="shop"' --for 2h --comment "new release"
  alerting-system silence list            alerting-system expire 7
  alerting-system audit                   who changed what, and why
  alerting-system route test rule=high-error-rate application=shop     who would be told
  alerting-system template render 12      the mail about an alert, with the texts of now

  alerting-system deliver                 what is queued, then exit
  alerting-system deliver --daemon        keep delivering
  alerting-system dead-letters            what could not be delivered, and why
  alerting-system send --subject "Test" --body "Does mail work?"

Each command has a --help of its own. Those that change something take --dry-run.

Exit codes: 0 done, all delivered (a mail that waits for its retry is no failure); 1 'route test'
found others than were expected; 64 wrong usage; 65 refused text, or an id that there is not; 69
the mail server or the database could not be reached, or a mail was refused or put off (it is
named; what can be delivered later stays queued); 74 the maildir could not be written; 75 another
delivery is at work; 77 login or certificate refused; 78 bad configuration.)";

constexpr const char* kSendFooter = R"(Examples:
  alerting-system send --subject "Disk full" --body "db-1: /var has 0 bytes left" --severity critical
  alerting-system send --subject "Test" --body "Does mail work?" --dry-run     the exact bytes
  alerting-system send --subject "Test" --body "Hello" --receiver oncall       by all its ways)";

constexpr const char* kDeliverFooter = R"(Examples:
  alerting-system deliver                 what is due, then exit
  alerting-system deliver --dry-run       the messages byte for byte
  alerting-system deliver --daemon        keep delivering)";

constexpr const char* kDeadLettersFooter = R"(Examples:
  alerting-system dead-letters
  alerting-system dead-letters retry 17 18 --to oncall@example.org
  alerting-system dead-letters retry --all     what is uncertain only by its id)";

/// Adds `dead-letters` and, below it, `retry`.
CLI::App* AddDeadLetters(CLI::App& app, mon::alerting_system::DeadLettersRequest& request) {
  CLI::App* letters = app.add_subcommand(
      "dead-letters", "Show what could not be delivered; 'retry' delivers it after all");
  letters->footer(kDeadLettersFooter);
  mon::alerting_system::AddFormat(*letters, request.json);
  CLI::App* retry = letters->add_subcommand(
      "retry", "Put dead letters back into the queue, for the next delivery");
  retry->callback([&request] { request.retry = true; });
  CLI::Option* all =
      retry->add_flag("--all", request.all, "All that are dead; not those that are uncertain");
  retry->add_option("ID", request.ids, "Ids of mails, dead or uncertain")
      ->check(mon::expect::WholeNumber(1))
      ->excludes(all);
  retry->add_option("--to", request.recipient, "Of these, only the ones to this recipient")
      ->type_name("ADDRESS");
  mon::alerting_system::AddWho(*retry, request.by, request.comment);
  return letters;
}

}  // namespace

int main(int argc, char** argv) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  mon::ProgramInfo info;
  info.name = "alerting-system";
  info.description = "Mails alerts: one at once, or what the processor has queued.";
  info.footer = kFooter;
  info.check_rule = mon::anomaly_detector::CheckRule;
  info.check_alerting = mon::dispatch::CheckAlerting;
  info.database_flags = true;
  info.listen_flag = true;
  info.section = "alerting";

  mon::alerting_system::SendRequest send;
  std::string max_runtime;
  mon::alerting_system::DeadLettersRequest dead_letters;
  mon::alerting_system::OnCall on_call;
  CLI::App* send_command = nullptr;
  CLI::App* dead_letters_command = nullptr;
  const auto add_flags = [&](CLI::App& app) {
    app.require_subcommand(1);
    send_command = app.add_subcommand("send", "Mail one alert at once, without a database");
    send_command->footer(kSendFooter);
    send_command->add_option("--subject", send.subject, "Subject of the mail")->required();
    send_command->add_option("--body", send.body, "Text of the mail")->required();
    send_command->add_option("--receiver", send.receiver, "A [[receiver]], instead of smtp.to")
        ->type_name("NAME");
    send_command->add_option("--severity", send.severity, "info, warning or critical")
        ->type_name("LEVEL")
        ->check(mon::expect::OneOf({"info", "warning", "critical"}));
    CLI::App* deliver = app.add_subcommand("deliver", "Deliver what is queued in the database");
    deliver->footer(kDeliverFooter);
    deliver->add_option("--max-runtime", max_runtime, "End a pass after this time, \"20s\"")
        ->type_name("DURATION")
        ->check(mon::expect::Duration());
    dead_letters_command = AddDeadLetters(app, dead_letters);
    on_call.AddTo(app);
  };
  const auto run = [&](const mon::LoadedConfig& loaded,
                       const mon::ProgramOptions& options) -> mon::Result<mon::ExitCode> {
    if (options.daemon &&
        (send_command->parsed() || dead_letters_command->parsed() || on_call.Parsed())) {
      return mon::Fail(mon::ErrorCode::kUsage, "--daemon belongs to 'deliver'");
    }
    if (dead_letters_command->parsed()) {
      if (dead_letters.retry && !dead_letters.all && dead_letters.ids.empty()) {
        return mon::Fail(mon::ErrorCode::kUsage,
                         "dead-letters retry: expected ids of dead letters, or --all");
      }
      dead_letters.dry_run = options.dry_run;
      return mon::alerting_system::DeadLetters(loaded.config, dead_letters);
    }
    if (send_command->parsed()) {
      send.dry_run = options.dry_run;
      return mon::alerting_system::Send(loaded.config, send);
    }
    if (on_call.Parsed()) return on_call.Run(loaded.config, options.dry_run);
    mon::alerting_system::DeliverRequest request;
    request.daemon = options.daemon;
    request.dry_run = options.dry_run;
    request.reload = options.reload;
    if (!max_runtime.empty()) request.max_runtime = *mon::ParseDuration(max_runtime);
    return mon::alerting_system::Deliver(loaded, request);
  };
  return mon::RunProgram(argc, argv, info, add_flags, run);
}
