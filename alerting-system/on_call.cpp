#include "on_call.h"

#include "common/expect.h"

namespace mon::alerting_system {
namespace {

constexpr const char* kMatchersHelp =
    R"(MATCHERS are Alertmanager's: =, !=, and =~, !~ for regular expressions, on the labels rule,
application, severity, host, and those of the rule; separated by commas, all must match.)";

constexpr const char* kListFooter = R"(
Examples:
  alerting-system list                        what goes on, the worst first
  alerting-system list --state pending        what is true, and not yet for as long as its rule asks
  alerting-system list --state resolved --since 7d --match 'application=~"shop.*"')";

constexpr const char* kShowFooter = R"(Its values, labels, machines, history and mails.

Example:
  alerting-system show 12)";

constexpr const char* kAckFooter =
    R"(Reminders and escalations stop; the end of the alert is still told to everybody who was told of
its beginning. Nothing is changed where one of the ids is of no alert, of one that is over, or of
one that somebody has acknowledged already (65).

Examples:
  alerting-system ack 12 --comment "on it"
  alerting-system ack 12 13 --by anna)";

constexpr const char* kUnackFooter = R"(Example:
  alerting-system unack 12 --comment "going home, please take over")";

constexpr const char* kNormalFooter =
    R"(The next pass of the processor teaches the detector: what is as unusual as that, and a little
more, raises no alert for some months. An alert that goes on ends. Nothing is changed where one of
the ids is of no alert, or of one that no detector has raised (65).

Example:
  alerting-system normal 12 --comment "the yearly sale")";

constexpr const char* kSilenceFooter = R"(
What it matches is not mailed while it holds. When it ends, what still goes on is told at once;
what has come and gone is not told. A TIME is "2026-11-25 18:00", "2026-11-25T18:00+01:00", "+2h",
or epoch seconds. With --until-resolved and a time it ends with whichever comes first.

Examples:
  alerting-system silence 'application="shop"' --for 2h --comment "new release"
  alerting-system silence --alert 12 --until-resolved --comment "known, ticket 4711"
  alerting-system silence 'severity!="critical"' --until "2026-11-26 08:00" --comment "tonight"
  alerting-system silence 'host="db-1"' --recurring "sun 02:00-04:00" --time-zone Europe/Berlin
  alerting-system silence 'host=~"web-.*"' --from "2026-11-28 22:00" --for 3h --comment "move"
  alerting-system silence list --all
  alerting-system silence edit 7 --for 2h     two hours from now
  alerting-system expire 7)";

constexpr const char* kEditFooter =
    R"(What is not given stays as it is; a new end replaces the old one.

Examples:
  alerting-system silence edit 7 --for 4h --comment "takes longer"     four hours from now
  alerting-system silence edit 7 --match 'application=~"shop|pay"'
  alerting-system silence edit 7 --recurring daily                     all the time)";

constexpr const char* kExpireFooter =
    R"(What it held back and still goes on is told by the next pass.

Example:
  alerting-system expire 7 8 --comment "release is out")";

constexpr const char* kRouteFooter =
    R"(Without a database: what [[route]], [[inhibit]] and [[receiver]] in the configuration make of an
alert with these labels. Those of its rule need not be given. A label that has several values, such
as host, is given several times.

Exit code 1 where --expect names others than those who would be told.

Examples:
  alerting-system route test rule=high-error-rate application=shop
  alerting-system route test severity=critical host=db-1 --at "2026-11-28 03:00"
  alerting-system route test rule=slow --expect shop@example.org,chat
  alerting-system route test --alert 12)";

constexpr const char* kRenderFooter =
    R"(The templates are those of the alert's rule in the configuration, unless they are given here. Try
them before a deploy, with --config new.toml.

Placeholders: {application} {rule} {severity} {metric} {op} {value} {limit} {why} {host} {hosts}
{time} and {label.NAME}; a brace itself is written twice.

Examples:
  alerting-system template render 12
  alerting-system template render 12 --summary "{application}: {value} {op} {limit} on {hosts}"
  alerting-system template render 12 --kind recovery --format html > mail.html)";

CLI::Option* AddIds(CLI::App& command, std::vector<std::int64_t>& ids, const char* what) {
  return command.add_option("ID", ids, what)->required()->check(expect::WholeNumber(1));
}

}  // namespace

void AddFormat(CLI::App& command, bool& json) {
  command
      .add_option_function<std::string>(
          "--format", [&json](const std::string& name) { json = name == "json"; },
          "table for people (the default), json for programs")
      ->type_name("NAME")
      ->check(expect::OneOf({"table", "json"}));
}

void AddWho(CLI::App& command, std::string& by, std::string& comment) {
  command.add_option("--comment", comment, "Why; kept in the history")->type_name("TEXT");
  command.add_option("--by", by, "Who; default: the user that is logged in")->type_name("NAME");
}

void OnCall::AddTo(CLI::App& app) {
  AddList(app);
  AddShow(app);
  AddAck(app);
  AddUnack(app);
  AddNormal(app);
  AddSilence(app);
  AddExpire(app);
  AddAudit(app);
  AddRoute(app);
  AddTemplate(app);
}

void OnCall::AddList(CLI::App& app) {
  CLI::App* command = app.add_subcommand("list", "List alerts; those that go on by default");
  command->footer(std::string(kMatchersHelp) + "\n" + kListFooter);
  command
      ->add_option(
          "--state", list_.states,
          "Of pending, firing, acknowledged, silenced, resolved; default: all but the last")
      ->type_name("STATE")
      ->delimiter(',')
      ->check(expect::OneOf({"pending", "firing", "acknowledged", "silenced", "resolved"}));
  command->add_option("--match", list_.match, "Only those that match")->type_name("MATCHERS");
  command->add_option("--since", list_.since, "Of what is over, how far back; default \"24h\"")
      ->type_name("DURATION")
      ->check(expect::Duration());
  AddFormat(*command, list_.json);
  command->callback([this] { run_ = [this](const Config& c, bool) { return List(c, list_); }; });
}

void OnCall::AddShow(CLI::App& app) {
  CLI::App* command = app.add_subcommand("show", "Show everything about an alert");
  command->footer(kShowFooter);
  command->add_option("ID", show_.id, "Id of an alert")->required()->check(expect::WholeNumber(1));
  AddFormat(*command, show_.json);
  command->callback([this] { run_ = [this](const Config& c, bool) { return Show(c, show_); }; });
}

void OnCall::AddAck(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("ack", "Take alerts on: no more reminders and escalations");
  command->footer(kAckFooter);
  AddIds(*command, ack_.ids, "Ids of alerts");
  AddWho(*command, ack_.by, ack_.comment);
  command->callback([this] {
    run_ = [this](const Config& config, bool dry_run) {
      ack_.dry_run = dry_run;
      return Ack(config, ack_);
    };
  });
}

void OnCall::AddUnack(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("unack", "Give alerts back: reminders and escalations go on");
  command->footer(kUnackFooter);
  AddIds(*command, ack_.ids, "Ids of alerts");
  AddWho(*command, ack_.by, ack_.comment);
  command->callback([this] {
    run_ = [this](const Config& config, bool dry_run) {
      ack_.acknowledge = false;
      ack_.dry_run = dry_run;
      return Ack(config, ack_);
    };
  });
}

void OnCall::AddNormal(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("normal", "Say that what a detector found is normal: it learns that");
  command->footer(kNormalFooter);
  AddIds(*command, normal_.ids, "Ids of alerts of rules with odd(...)");
  AddWho(*command, normal_.by, normal_.comment);
  command->callback([this] {
    run_ = [this](const Config& config, bool dry_run) {
      normal_.dry_run = dry_run;
      return Normal(config, normal_);
    };
  });
}

void OnCall::RunsSilence(CLI::App& command, SilenceRequest::Action action) {
  command.callback([this, action] {
    if (run_) return;  // a command below this one
    silence_.action = action;
    run_ = [this](const Config& config, bool dry_run) {
      silence_.dry_run = dry_run;
      return Silences(config, silence_);
    };
  });
}

void OnCall::AddSpan(CLI::App& command) {
  command.add_option("--from", silence_.from, "When it begins; default: now")->type_name("TIME");
  CLI::Option* lasts = command.add_option("--for", silence_.lasts, "How long, \"2h\"")
                           ->type_name("DURATION")
                           ->check(expect::Duration());
  command.add_option("--until", silence_.until, "Until then, \"2026-11-25 18:00\"")
      ->type_name("TIME")
      ->excludes(lasts);
  command.add_flag("--until-resolved", silence_.until_resolved,
                   "Until nothing that it matches goes on");
  command
      .add_option("--recurring", silence_.recurring,
                  "Only at these times, \"mon-fri 22:00-06:00; sun\"")
      ->type_name("TIMES");
  command.add_option("--time-zone", silence_.time_zone, "Of these times; default: that of mails")
      ->type_name("ZONE");
  AddWho(command, silence_.by, silence_.comment);
}

void OnCall::AddSilence(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("silence", "Hold the mails about alerts back; 'list' and 'edit' silences");
  command->footer(std::string(kMatchersHelp) + "\n" + kSilenceFooter);
  CLI::Option* match =
      command->add_option("MATCHERS", silence_.match, "Of which alerts: 'severity=\"critical\"'");
  command->add_option("--alert", silence_.alert, "Instead: rule and application of this alert")
      ->type_name("ID")
      ->check(expect::WholeNumber(1))
      ->excludes(match);
  AddSpan(*command);
  CLI::App* shown = command->add_subcommand("list", "List silences");
  shown->footer("Example:\n  alerting-system silence list --all");
  shown->add_flag("--all", silence_.all, "Those that are over, too");
  AddFormat(*shown, silence_.json);
  RunsSilence(*shown, SilenceRequest::Action::kList);
  AddSilenceEdit(*command);
  RunsSilence(*command, SilenceRequest::Action::kAdd);
}

void OnCall::AddSilenceEdit(CLI::App& silence) {
  CLI::App* command = silence.add_subcommand("edit", "Change or extend silences");
  command->footer(kEditFooter);
  AddIds(*command, silence_.ids, "Ids of silences");
  command->add_option("--match", silence_.match, "Other matchers")->type_name("MATCHERS");
  AddSpan(*command);
  RunsSilence(*command, SilenceRequest::Action::kEdit);
}

void OnCall::AddExpire(CLI::App& app) {
  CLI::App* command = app.add_subcommand("expire", "End silences");
  command->footer(kExpireFooter);
  AddIds(*command, silence_.ids, "Ids of silences");
  AddWho(*command, silence_.by, silence_.comment);
  RunsSilence(*command, SilenceRequest::Action::kExpire);
}

void OnCall::AddAudit(CLI::App& app) {
  CLI::App* command = app.add_subcommand("audit", "Show who changed what by a command, and why");
  command->footer("Example:\n  alerting-system audit --since 30d --format json");
  command->add_option("--since", audit_.since, "How far back, default \"7d\"")
      ->type_name("DURATION")
      ->check(expect::Duration());
  AddFormat(*command, audit_.json);
  command->callback(
      [this] { run_ = [this](const Config& c, bool) { return ShowAudit(c, audit_); }; });
}

void OnCall::AddRoute(CLI::App& app) {
  CLI::App* routes = app.add_subcommand("route", "Work on routes; 'test' says who is told of what");
  routes->require_subcommand(1);
  CLI::App* command = routes->add_subcommand("test", "Say who would be told of an alert, and when");
  command->footer(kRouteFooter);
  CLI::Option* labels =
      command->add_option("LABEL=VALUE", route_.labels, "Labels of an alert: severity=critical");
  command->add_option("--alert", route_.alert, "Instead: the labels of this alert")
      ->type_name("ID")
      ->check(expect::WholeNumber(1))
      ->excludes(labels);
  command->add_option("--at", route_.at, "When it begins; default: now")->type_name("TIME");
  command
      ->add_option("--expect", route_.expected,
                   "Who should be told: recipients or names of receivers, separated by commas")
      ->type_name("WHO")
      ->delimiter(',');
  AddFormat(*command, route_.json);
  command->callback(
      [this] { run_ = [this](const Config& c, bool) { return TestRoute(c, route_); }; });
}

void OnCall::AddTemplate(CLI::App& app) {
  CLI::App* templates =
      app.add_subcommand("template", "Work on the texts of mails; 'render' fills them");
  templates->require_subcommand(1);
  CLI::App* command = templates->add_subcommand(
      "render", "Show the mail about a stored alert with the texts of now");
  command->footer(kRenderFooter);
  command->add_option("ID", template_.alert, "Id of an alert")
      ->required()
      ->check(expect::WholeNumber(1));
  command->add_option("--summary", template_.summary, "Instead of the rule's")->type_name("TEXT");
  command->add_option("--description", template_.description, "Instead of the rule's")
      ->type_name("TEXT");
  command->add_option("--kind", template_.kind, "problem (the default) or recovery")
      ->type_name("NAME")
      ->check(expect::OneOf({"problem", "recovery"}));
  command->add_option("--format", template_.format, "text (the default), html, or json with both")
      ->type_name("NAME")
      ->check(expect::OneOf({"text", "html", "json"}));
  command->callback(
      [this] { run_ = [this](const Config& c, bool) { return RenderTemplate(c, template_); }; });
}

}  // namespace mon::alerting_system
