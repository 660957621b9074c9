#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "alerts.h"
#include "anomaly_detector/rule.h"
#include "common/expect.h"
#include "common/program.h"
#include "common/text.h"
#include "dead_letters.h"
#include "deliver.h"
#include "dispatch/policy.h"
#include "send.h"
#include "silences.h"

namespace {

constexpr const char* kFooter = R"(Examples:
  alerting-system send --subject "Disk full" --body "db-1: /var has 0 bytes left" --severity critical
  alerting-system send --subject "Test" --body "Does mail work?" --dry-run    the exact bytes
  alerting-system send --subject "Test" --body "Hello" --receiver oncall    by all its ways
  alerting-system deliver                 what is queued, then exit
  alerting-system deliver --daemon        keep delivering
  alerting-system dead-letters            what could not be delivered, and why
  alerting-system dead-letters retry --all     all that is dead; what is uncertain only by its id
  alerting-system dead-letters retry 17 18 --to oncall@example.org

  alerting-system list                    what goes on, the worst first
  alerting-system list --state resolved --since 7d --match 'application=~"shop.*"'
  alerting-system show 12                 everything about an alert
  alerting-system ack 12 --comment "on it"     no more reminders; its end is still told
  alerting-system silence 'application="shop"' --for 2h --comment "new release"
  alerting-system silence --alert 12 --until-resolved --comment "known"
  alerting-system silence 'host="db-1"' --recurring "sun 02:00-04:00" --comment "backup"
  alerting-system silence list            alerting-system expire 7
  alerting-system audit                   who changed what, and why

Exit codes: 0 all delivered (a mail that waits for its retry is no failure); 64 wrong usage;
65 refused text, or an id that there is not; 69 the mail server or the database could not
be reached, or a mail was refused or put off (it is named; what can be delivered later stays
queued); 74 the maildir could not be written; 75 another delivery is at work; 77 login or
certificate refused; 78 bad configuration.)";

/// Adds `dead-letters` and, below it, `retry`.
CLI::App* AddDeadLetters(CLI::App& app, mon::alerting_system::DeadLettersRequest& request) {
  CLI::App* letters = app.add_subcommand(
      "dead-letters", "Show what could not be delivered; 'retry' delivers it after all");
  letters
      ->add_option_function<std::string>(
          "--format", [&request](const std::string& name) { request.json = name == "json"; },
          "table for people (the default), json for programs")
      ->type_name("NAME")
      ->check(mon::expect::OneOf({"table", "json"}));
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
  return letters;
}

void AddFormat(CLI::App& command, bool& json) {
  command
      .add_option_function<std::string>(
          "--format", [&json](const std::string& name) { json = name == "json"; },
          "table for people (the default), json for programs")
      ->type_name("NAME")
      ->check(mon::expect::OneOf({"table", "json"}));
}

void AddWho(CLI::App& command, std::string& by, std::string& comment) {
  command.add_option("--comment", comment, "Why; kept in the history")->type_name("TEXT");
  command.add_option("--by", by, "Who; default: the user that is logged in")->type_name("NAME");
}

/// The commands of people on call, and what was asked of them.
struct OnCall {
  mon::alerting_system::ListRequest list;
  mon::alerting_system::ShowRequest show;
  mon::alerting_system::AckRequest ack;
  mon::alerting_system::SilenceRequest silence;
  mon::alerting_system::AuditRequest audit;
  /// Of the command that was given; empty: none of these.
  std::function<mon::Result<mon::ExitCode>(const mon::Config&)> run;

  void AddTo(CLI::App& app) {
    AddList(app);
    AddShow(app);
    AddAck(app, "ack", "Take alerts on: no more reminders and escalations", true);
    AddAck(app, "unack", "Give alerts back", false);
    AddSilence(app);
    CLI::App* expire = app.add_subcommand("expire", "End silences");
    expire->add_option("ID", silence.ids, "Ids of silences")
        ->required()
        ->check(mon::expect::WholeNumber(1));
    AddWho(*expire, silence.by, silence.comment);
    RunsSilence(*expire, mon::alerting_system::SilenceRequest::Action::kExpire);
    CLI::App* log = app.add_subcommand("audit", "Show who changed what by a command, and why");
    log->add_option("--since", audit.since, "How far back, default \"7d\"")
        ->type_name("DURATION")
        ->check(mon::expect::Duration());
    AddFormat(*log, audit.json);
    log->callback([this] {
      run = [this](const mon::Config& config) {
        return mon::alerting_system::ShowAudit(config, audit);
      };
    });
  }

 private:
  void AddList(CLI::App& app) {
    CLI::App* command = app.add_subcommand("list", "List alerts; those that go on by default");
    command->add_option("--state", list.states, "pending, firing, acknowledged, silenced, resolved")
        ->type_name("STATE")
        ->delimiter(',')
        ->check(mon::expect::OneOf({"pending", "firing", "acknowledged", "silenced", "resolved"}));
    command->add_option("--match", list.match, "Matchers, as of silences")->type_name("MATCHERS");
    command->add_option("--since", list.since, "Of what is over, how far back; default \"24h\"")
        ->type_name("DURATION")
        ->check(mon::expect::Duration());
    AddFormat(*command, list.json);
    command->callback([this] {
      run = [this](const mon::Config& config) { return mon::alerting_system::List(config, list); };
    });
  }

  void AddShow(CLI::App& app) {
    CLI::App* command = app.add_subcommand("show", "Show everything about an alert");
    command->add_option("ID", show.id, "Id of an alert")
        ->required()
        ->check(mon::expect::WholeNumber(1));
    AddFormat(*command, show.json);
    command->callback([this] {
      run = [this](const mon::Config& config) { return mon::alerting_system::Show(config, show); };
    });
  }

  void AddAck(CLI::App& app, const char* name, const char* what, bool acknowledge) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("ID", ack.ids, "Ids of alerts")
        ->required()
        ->check(mon::expect::WholeNumber(1));
    AddWho(*command, ack.by, ack.comment);
    command->callback([this, acknowledge] {
      ack.acknowledge = acknowledge;
      run = [this](const mon::Config& config) { return mon::alerting_system::Ack(config, ack); };
    });
  }

  void RunsSilence(CLI::App& command, mon::alerting_system::SilenceRequest::Action action) {
    command.callback([this, action] {
      if (run) return;  // a command below this one
      silence.action = action;
      run = [this](const mon::Config& config) {
        return mon::alerting_system::Silences(config, silence);
      };
    });
  }

  void AddSpan(CLI::App& command) {
    CLI::Option* lasts = command.add_option("--for", silence.lasts, "How long from now, \"2h\"")
                             ->type_name("DURATION")
                             ->check(mon::expect::Duration());
    command.add_option("--until", silence.until, "Until then, \"2025-06-15 18:00\"")
        ->type_name("TIME")
        ->excludes(lasts);
    command.add_flag("--until-resolved", silence.until_resolved,
                     "Until nothing that it matches goes on");
    command
        .add_option("--recurring", silence.recurring,
                    "Only at these times, \"mon-fri 22:00-06:00; sun\"")
        ->type_name("TIMES");
    command.add_option("--time-zone", silence.time_zone, "Of these; default: that of mails")
        ->type_name("ZONE");
    AddWho(command, silence.by, silence.comment);
  }

  void AddSilence(CLI::App& app) {
    using Action = mon::alerting_system::SilenceRequest::Action;
    CLI::App* command = app.add_subcommand(
        "silence", "Hold the mails about alerts back; 'list' and 'edit' silences");
    CLI::Option* match = command->add_option(
        "MATCHERS", silence.match, "Labels of alerts: severity=\"critical\", host=~\"web-.*\"");
    command->add_option("--alert", silence.alert, "Instead: rule and application of this alert")
        ->type_name("ID")
        ->check(mon::expect::WholeNumber(1))
        ->excludes(match);
    AddSpan(*command);
    CLI::App* shown = command->add_subcommand("list", "List silences");
    shown->add_flag("--all", silence.all, "Those that are over, too");
    AddFormat(*shown, silence.json);
    RunsSilence(*shown, Action::kList);
    CLI::App* edit = command->add_subcommand("edit", "Change or extend silences");
    edit->add_option("ID", silence.ids, "Ids of silences")
        ->required()
        ->check(mon::expect::WholeNumber(1));
    edit->add_option("--match", silence.match, "Other matchers")->type_name("MATCHERS");
    AddSpan(*edit);
    RunsSilence(*edit, Action::kEdit);
    RunsSilence(*command, Action::kAdd);
  }
};

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
  OnCall on_call;
  CLI::App* send_command = nullptr;
  CLI::App* dead_letters_command = nullptr;
  const auto add_flags = [&](CLI::App& app) {
    app.require_subcommand(1);
    send_command = app.add_subcommand("send", "Mail one alert at once, without a database");
    send_command->add_option("--subject", send.subject, "Subject of the mail")->required();
    send_command->add_option("--body", send.body, "Text of the mail")->required();
    send_command->add_option("--receiver", send.receiver, "A [[receiver]], instead of smtp.to")
        ->type_name("NAME");
    send_command->add_option("--severity", send.severity, "info, warning or critical")
        ->type_name("LEVEL")
        ->check(mon::expect::OneOf({"info", "warning", "critical"}));
    CLI::App* deliver = app.add_subcommand("deliver", "Deliver what is queued in the database");
    deliver->add_option("--max-runtime", max_runtime, "End a pass after this time, \"20s\"")
        ->type_name("DURATION")
        ->check(mon::expect::Duration());
    dead_letters_command = AddDeadLetters(app, dead_letters);
    on_call.AddTo(app);
  };
  const auto run = [&](const mon::LoadedConfig& loaded,
                       const mon::ProgramOptions& options) -> mon::Result<mon::ExitCode> {
    if (options.daemon &&
        (send_command->parsed() || dead_letters_command->parsed() || on_call.run)) {
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
    if (on_call.run) return on_call.run(loaded.config);
    mon::alerting_system::DeliverRequest request;
    request.daemon = options.daemon;
    request.dry_run = options.dry_run;
    request.reload = options.reload;
    if (!max_runtime.empty()) request.max_runtime = *mon::ParseDuration(max_runtime);
    return mon::alerting_system::Deliver(loaded, request);
  };
  return mon::RunProgram(argc, argv, info, add_flags, run);
}
