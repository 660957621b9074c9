#include <CLI/CLI.hpp>

#include "anomaly_detector/rule.h"
#include "commands.h"
#include "common/clock.h"
#include "common/expect.h"
#include "common/program.h"
#include "common/signals.h"
#include "http/http_client.h"

namespace {

using mon::zabbix_connector::Request;

constexpr const char* kFooter =
    "Examples:\n"
    "  zabbix-connector check\n"
    "  zabbix-connector hosts --search db\n"
    "  zabbix-connector items --host db-1\n"
    "  zabbix-connector history --item 44518 --last 10m --format json\n"
    "  zabbix-connector history --item 44518 --from '2025-06-15 14:00' --till '2025-06-15 15:00'\n"
    "\n"
    "The server comes from [zabbix] of the configuration file, or from ZABBIX_URL and\n"
    "ZABBIX_TOKEN, or ZABBIX_USER and ZABBIX_PASSWORD. Nothing is ever changed in Zabbix.\n"
    "\n"
    "Exit codes: 0 done; 1 the check found something; 64 wrong usage; 69 Zabbix could not be\n"
    "reached or gave no usable answer; 77 login or permission refused; 78 bad configuration,\n"
    "unknown host or item.";

void AddFormat(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "table for people, json for programs")
      ->type_name("NAME")
      ->check(mon::expect::OneOf({"table", "json"}))
      ->capture_default_str();
}

void AddHistory(CLI::App& app, Request& request, std::string& format) {
  CLI::App* history = app.add_subcommand("history", "Values of items over time");
  history->add_option("--item", request.items, "Item id; may be repeated")
      ->required()
      ->type_name("ID");
  CLI::Option* from =
      history->add_option("--from", request.from, "Begin: epoch seconds or UTC YYYY-MM-DD HH:MM:SS")
          ->type_name("TIME");
  history->add_option("--till", request.till, "End, inclusive; default now")->type_name("TIME");
  history->add_option("--last", request.last, "Begin this long before the end")
      ->type_name("DURATION")
      ->capture_default_str()
      ->excludes(from);
  AddFormat(*history, format);
}

void AddFlags(CLI::App& app, Request& request, std::string& format) {
  app.require_subcommand(1);
  AddFormat(*app.add_subcommand("check",
                                "Say what is wrong between here and the values, and how "
                                "to mend it"),
            format);
  AddFormat(*app.add_subcommand("version", "The server's version"), format);
  CLI::App* hosts = app.add_subcommand("hosts", "Hosts that the account may read");
  hosts->add_option("--search", request.search, "Only those with this text in a name")
      ->type_name("TEXT");
  AddFormat(*hosts, format);
  CLI::App* items = app.add_subcommand("items", "Enabled items with their newest values");
  items
      ->add_option("--host", request.hosts,
                   "Host id or technical name; may be repeated. Default: the configured hosts")
      ->type_name("HOST");
  AddFormat(*items, format);
  AddHistory(app, request, format);
  app.parse_complete_callback([&] {
    if (!app.get_subcommands().empty()) request.command = app.get_subcommands()[0]->get_name();
  });
}

mon::Result<mon::ExitCode> Run(const Request& request, const mon::Config& config) {
  const mon::StopSignals signals;
  const mon::SystemClock clock;
  const auto http = mon::http::MakeCurlClient({.ca_file = config.ca_file});
  auto outcome = mon::zabbix_connector::RunCommand(
      request, config, {*http, clock, signals.Token(), mon::StdoutIsTerminal()});
  // A person who interrupts it wants no error message.
  if (!outcome && signals.Token().stop_requested()) return mon::ExitCode::kOk;
  return outcome;
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  request.last = "1h";
  std::string format = "table";
  mon::ProgramInfo info;
  info.name = "zabbix-connector";
  info.description = "Reads a Zabbix server: what hosts and items there are, and their values.";
  info.footer = kFooter;
  info.check_rule = mon::anomaly_detector::CheckRule;
  return mon::RunProgram(
      argc, argv, info, [&](CLI::App& app) { AddFlags(app, request, format); },
      [&](const mon::LoadedConfig& loaded, const mon::ProgramOptions&) {
        request.json = format == "json";
        return Run(request, loaded.config);
      });
}
