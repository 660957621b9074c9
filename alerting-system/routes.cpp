#include "routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "alert_text.h"
#include "alerting_system/settings.h"
#include "alerting_system/time_argument.h"
#include "alerting_system/time_zone.h"
#include "common/clock.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/alert_store.h"
#include "dispatch/policy.h"
#include "dispatch/silence_store.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"

namespace mon::alerting_system {
namespace {

using dispatch::Labels;
using dispatch::Matches;
using Names = std::vector<std::string>;

/// An alert, as far as routes look at it.
struct Subject {
  Labels labels;
  Names silences;  ///< that hold it back, of a stored one
};

/// What one [[inhibit]] has to do with it.
struct Inhibitor {
  const InhibitConfig* config;
  bool is_target;  ///< else it is a source
};

struct Outcome {
  Subject subject;
  std::int64_t at = 0;
  dispatch::Routing routing;
  const dispatch::Route* route = nullptr;  ///< whose times and groups count
  Names verdicts;                          ///< of each route
  std::vector<Inhibitor> inhibitors;
  std::vector<dispatch::Escalation> escalations;  ///< to those who were not told before
};

std::string List(const Names& names) { return fmt::format("{}", fmt::join(names, ", ")); }

bool IsLabelName(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// `severity=critical`, also with quotes around the value as in matchers.
Result<Labels> ParseLabels(const Names& texts) {
  Labels labels;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    const auto name = std::string_view(text).substr(0, equals);
    if (equals == std::string::npos || !IsLabelName(name) || text.substr(equals, 2) == "=~") {
      return Fail(
          ErrorCode::kUsage,
          fmt::format("found {}, expected a label such as severity=critical", QuoteJson(text)));
    }
    auto value = text.substr(equals + 1);
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    labels.emplace(name, value);
  }
  return labels;
}

/// What the alerts of a rule have without being asked.
void AddLabelsOfRule(const Config& config, Labels& labels) {
  const auto name = labels.find("rule");
  if (name == labels.end()) return;
  const auto rule = std::ranges::find(config.rules, name->second, &RuleConfig::name);
  if (rule == config.rules.end()) return;
  if (!labels.contains("severity")) labels.emplace("severity", ToString(rule->severity));
  for (const auto& label : rule->labels) {
    if (!labels.contains(label.first)) labels.insert(label);
  }
}

Result<Subject> LoadSubject(const Config& config, std::int64_t id, std::int64_t at) {
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  dispatch::AlertFilter filter;
  filter.ids = {id};
  auto alerts = dispatch::ListAlerts(*connection, filter);
  if (!alerts) return std::unexpected(alerts.error());
  if (alerts->empty())
    return Fail(ErrorCode::kInvalidData, fmt::format("there is no alert {}", id));
  auto silences = dispatch::LoadCurrentSilences(*connection);
  if (!silences) return std::unexpected(silences.error());
  Subject subject{std::move(alerts->front().labels), {}};
  for (const auto& silence : *silences) {
    if (!dispatch::IsActive(silence, at) || !Matches(silence.matchers, subject.labels)) continue;
    subject.silences.push_back(fmt::format("silence {}", silence.id));
  }
  return subject;
}

Result<Subject> SubjectOf(const Config& config, const RouteTestRequest& request, std::int64_t at) {
  if (request.alert != 0) return LoadSubject(config, request.alert, at);
  auto labels = ParseLabels(request.labels);
  if (!labels) return std::unexpected(labels.error());
  if (labels->empty()) {
    return Fail(ErrorCode::kUsage,
                "route test: expected labels such as severity=critical, or --alert ID");
  }
  AddLabelsOfRule(config, *labels);
  return Subject{*std::move(labels), {}};
}

std::string VerdictOf(const dispatch::Policy& policy, std::size_t i, const Outcome& outcome) {
  const auto& route = policy.routes[i];
  if (i == outcome.routing.route) return "takes it";
  if (std::ranges::find(outcome.routing.also, i) != outcome.routing.also.end()) {
    return "takes it as well";
  }
  if (!Matches(route.match, outcome.subject.labels)) return "does not match";
  if (route.active && !route.active->Covers(outcome.at)) return "not at this time";
  return "is not asked";
}

Outcome Ask(const Config& config, const dispatch::Policy& policy, Subject subject,
            std::int64_t at) {
  Outcome outcome{std::move(subject), at, {}, nullptr, {}, {}, {}};
  const auto& labels = outcome.subject.labels;
  outcome.routing = dispatch::RouteOf(policy, labels, at);
  outcome.route = &policy.routes[outcome.routing.route];
  for (std::size_t i = 0; i < policy.routes.size(); ++i) {
    outcome.verdicts.push_back(VerdictOf(policy, i, outcome));
  }
  for (std::size_t i = 0; i < policy.inhibitions.size(); ++i) {
    const bool is_source = Matches(policy.inhibitions[i].source, labels);
    const bool is_target = !is_source && Matches(policy.inhibitions[i].target, labels);
    if (is_source || is_target) outcome.inhibitors.push_back({&config.inhibitions[i], is_target});
  }
  std::set<std::string> told(outcome.routing.recipients.begin(), outcome.routing.recipients.end());
  for (auto step : outcome.route->escalations) {
    std::erase_if(step.recipients,
                  [&](const std::string& who) { return !told.insert(who).second; });
    if (!step.recipients.empty()) outcome.escalations.push_back(std::move(step));
  }
  return outcome;
}

/// When it is told as well, where nothing holds it back and nobody acknowledges it.
std::int64_t TimeOf(const Outcome& outcome, const dispatch::Escalation& step) {
  return outcome.at + (outcome.route->wait + step.after).count();
}

std::string MatchOf(const Config& config, std::size_t route) {
  if (route >= config.routes.size()) return "every alert that no other takes";
  const auto& match = config.routes[route].match;
  return match.empty() ? "every alert" : match;
}

Json JsonOf(const Outcome& outcome, const Config& config) {
  Json routes = Json::array();
  for (std::size_t i = 0; i < outcome.verdicts.size(); ++i) {
    const bool written = i < config.routes.size();
    routes.push_back({{"where", OrNull(written ? config.routes[i].where : "")},
                      {"match", written ? config.routes[i].match : ""},
                      {"active", OrNull(written ? config.routes[i].active : "")},
                      {"answer", outcome.verdicts[i]}});
  }
  Json escalations = Json::array();
  for (const auto& step : outcome.escalations) {
    escalations.push_back({{"after_seconds", step.after.count()},
                           {"at", TimeOf(outcome, step)},
                           {"recipients", step.recipients}});
  }
  Json inhibited_by = Json::array(), inhibits = Json::array();
  for (const auto& inhibitor : outcome.inhibitors) {
    (inhibitor.is_target ? inhibited_by : inhibits)
        .push_back(
            {{"where", inhibitor.config->where},
             {"match", inhibitor.is_target ? inhibitor.config->source : inhibitor.config->target},
             {"equal", inhibitor.config->equal}});
  }
  const auto& route = *outcome.route;
  return {{"labels", LabelsJson(outcome.subject.labels)},
          {"at", outcome.at},
          {"recipients", outcome.routing.recipients},
          {"routes", routes},
          {"group_by", OrNull(route.group_by)},
          {"wait_seconds", route.wait.count()},
          {"interval_seconds", route.interval.count()},
          {"repeat_seconds", route.repeat.count()},
          {"escalations", escalations},
          {"inhibited_by", inhibited_by},
          {"inhibits", inhibits},
          {"silences", outcome.subject.silences}};
}

std::string LabelsText(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, QuoteJson(value));
  }
  return text;
}

/// How its beginning is told.
std::string BeginningOf(const dispatch::Route& route) {
  const auto wait = FormatDuration(route.wait);
  if (!route.group_by) {
    return route.wait.count() == 0 ? "at once, in one mail with what begins in the same pass"
                                   : fmt::format("after {}, with what began meanwhile", wait);
  }
  const auto group = route.group_by->empty() ? "all alerts of this route"
                                             : "all of the same " + List(*route.group_by);
  return fmt::format("{} in a mail with {}, then at most one each {}",
                     route.wait.count() == 0 ? "at once" : "after " + wait, group,
                     FormatDuration(route.interval));
}

Table RoutesTable(const Outcome& outcome, const Config& config) {
  Table table({{"ROUTE"}, {"OF WHAT"}, {"ONLY"}, {"ANSWER"}});
  for (std::size_t i = 0; i < outcome.verdicts.size(); ++i) {
    const bool written = i < config.routes.size();
    table.AddRow({written ? config.routes[i].where : "built in", MatchOf(config, i),
                  written ? config.routes[i].active : "", outcome.verdicts[i]});
  }
  return table;
}

void PrintText(const Outcome& outcome, const Config& config, const TimeZone& zone) {
  const auto print = [](std::string_view label, const std::string& value) {
    fmt::print("{:12}{}\n", label, EscapeControls(value));
  };
  const auto& route = *outcome.route;
  print("labels", LabelsText(outcome.subject.labels));
  print("begins", zone.Format(outcome.at));
  print("told", List(outcome.routing.recipients));
  print("when", BeginningOf(route));
  print("reminder",
        route.repeat.count() == 0
            ? "none"
            : fmt::format("each {} until somebody acknowledges it", FormatDuration(route.repeat)));
  for (const auto& step : outcome.escalations) {
    print("escalation",
          fmt::format("{} later, at {}, unless acknowledged: {}", FormatDuration(step.after),
                      zone.Format(TimeOf(outcome, step)), List(step.recipients)));
  }
  for (const auto& inhibitor : outcome.inhibitors) {
    const auto& inhibit = *inhibitor.config;
    const auto equal = fmt::format("{}", fmt::join(inhibit.equal, " or "));
    if (inhibitor.is_target) {
      print("waits", fmt::format("while an alert goes on that matches {} and has the same {} ({})",
                                 inhibit.source, equal, inhibit.where));
    } else {
      print("holds back", fmt::format("alerts that match {} and have the same {} ({})",
                                      inhibit.target, equal, inhibit.where));
    }
  }
  if (!outcome.subject.silences.empty()) {
    print("waits", "for " + List(outcome.subject.silences));
  }
  fmt::print("\n{}", RoutesTable(outcome, config).Text(StdoutIsTerminal()));
}

/// Names of receivers become their recipients.
std::set<std::string> Expand(const Config& config, const Names& names) {
  std::set<std::string> recipients;
  for (const auto& name : names) {
    const auto receiver = std::ranges::find(config.receivers, name, &ReceiverConfig::name);
    if (receiver == config.receivers.end()) {
      recipients.insert(name);
    } else {
      for (auto& target : TargetsOf(*receiver)) recipients.insert(std::move(target));
    }
  }
  return recipients;
}

}  // namespace

Result<ExitCode> TestRoute(const Config& config, const RouteTestRequest& request) {
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  const auto at = ParseTime(request.at, EpochSeconds(SystemClock().Now()), *zone);
  if (!at) return Context("--at", at.error());
  auto mail = ResolveMailSettings(config);
  if (!mail) return std::unexpected(mail.error());
  auto policy = dispatch::MakePolicy(config, mail->recipients, *zone);
  if (!policy) return std::unexpected(policy.error());
  auto subject = SubjectOf(config, request, *at);
  if (!subject) return std::unexpected(subject.error());
  const auto outcome = Ask(config, *policy, *std::move(subject), *at);
  const auto& found = outcome.routing.recipients;
  const auto expected = Expand(config, request.expected);
  const bool good = expected.empty() || expected == std::set(found.begin(), found.end());
  if (request.json) {
    auto json = JsonOf(outcome, config);
    if (!expected.empty()) json["expected"] = expected;
    fmt::print("{}\n", Dump(json));
  } else {
    PrintText(outcome, config, *zone);
    if (!good) {
      fmt::print("\nexpected {}\n   found {}\n", fmt::join(expected, ", "), List(found));
    }
  }
  return good ? ExitCode::kOk : ExitCode::kFound;
}

}  // namespace mon::alerting_system
