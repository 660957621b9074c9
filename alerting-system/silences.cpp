#include "silences.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "actor.h"
#include "alerting_system/time_argument.h"
#include "alerting_system/time_zone.h"
#include "change.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/alert_store.h"
#include "dispatch/silence_store.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"

namespace mon::alerting_system {
namespace {

using dispatch::Silence;
using Action = SilenceRequest::Action;

// What the columns of table silences hold.
constexpr std::size_t kLongestMatchers = 1024;
constexpr std::size_t kLongestRecurrence = 255;

/// What a command works with.
struct Command {
  mysql::Connection& connection;
  const SilenceRequest& request;
  std::string zone_name;  ///< of the times in the request
  TimeZone zone;          ///< that zone
  TimeZone shown;         ///< of the times that are printed
  std::int64_t now;       ///< of the database server
};

/// The name of the zone of the times in a request: a recurrence needs one, for it is kept.
Result<std::string> ZoneName(const Config& config, const SilenceRequest& request) {
  if (!request.time_zone.empty()) {
    if (TimeZone::Load(request.time_zone)) return request.time_zone;
    return Fail(ErrorCode::kUsage, fmt::format("--time-zone: found {}, expected a name such as "
                                               "\"Europe/Berlin\" (package tzdata)",
                                               QuoteJson(request.time_zone)));
  }
  auto name = config.mail.time_zone.empty() ? TimeZone::SystemName() : config.mail.time_zone;
  if (name.empty() && !request.recurring.empty()) {
    return Fail(ErrorCode::kUsage,
                "--recurring: expected --time-zone, for the zone of this system has no name");
  }
  return name;
}

/// The matchers of a silence, with the flag that they came by.
Result<std::vector<dispatch::Matcher>> Matchers(const std::string& flag, const std::string& text) {
  auto matchers = dispatch::ParseMatchers(text);
  if (!matchers) return Fail(ErrorCode::kUsage, flag + ": " + matchers.error().message);
  if (matchers->empty()) {
    return Fail(ErrorCode::kUsage, flag + ": found none; rule=~\".*\" stands for every alert");
  }
  if (ToText(*matchers).size() > kLongestMatchers) {
    return Fail(ErrorCode::kUsage, fmt::format("{}: more than {} bytes", flag, kLongestMatchers));
  }
  return matchers;
}

/// Those of the rule and application of an alert.
Result<std::vector<dispatch::Matcher>> MatchersOf(mysql::Connection& connection,
                                                  std::int64_t alert_id) {
  dispatch::AlertFilter filter;
  filter.ids = {alert_id};
  auto alerts = dispatch::ListAlerts(connection, filter);
  if (!alerts) return std::unexpected(alerts.error());
  if (alerts->empty()) {
    return Fail(ErrorCode::kInvalidData, fmt::format("there is no alert {}", alert_id));
  }
  return std::vector<dispatch::Matcher>{{"rule", false, alerts->front().rule, {}},
                                        {"application", false, alerts->front().application, {}}};
}

bool HasEnd(const SilenceRequest& request) {
  return !request.lasts.empty() || !request.until.empty() || request.until_resolved;
}

/// What a person may mean, and a TIMESTAMP of the database holds.
Result<void> CheckSpan(const Command& command, const Silence& silence) {
  constexpr std::int64_t kLast = std::numeric_limits<std::int32_t>::max();
  const auto last = silence.ends_at.value_or(silence.starts_at);
  if (silence.starts_at <= 0 || silence.starts_at > kLast || last > kLast) {
    return Fail(ErrorCode::kUsage, "expected a time between 1970 and 2038");
  }
  if (silence.ends_at && last <= std::max(silence.starts_at, command.now)) {
    return Fail(ErrorCode::kUsage,
                fmt::format("it would end at {}, before it begins", command.shown.Format(last)));
  }
  return {};
}

/// Begin and end. A new end replaces the old one, of either kind.
Result<void> SetSpan(const Command& command, Silence& silence) {
  const auto& request = command.request;
  if (!request.from.empty()) {
    const auto from = ParseTime(request.from, command.now, command.zone);
    if (!from) return Context("--from", from.error());
    silence.starts_at = *from;
  }
  if (HasEnd(request)) {
    silence.ends_at.reset();
    silence.until_resolved = request.until_resolved;
  }
  if (!request.lasts.empty()) {
    silence.ends_at = std::max(silence.starts_at, command.now) +
                      *ParseDuration(request.lasts) / std::chrono::seconds(1);
  }
  if (!request.until.empty()) {
    const auto until = ParseTime(request.until, command.now, command.zone);
    if (!until) return Context("--until", until.error());
    silence.ends_at = *until;
  }
  return CheckSpan(command, silence);
}

Result<void> SetRecurrence(const Command& command, Silence& silence) {
  const auto& text = command.request.recurring;
  if (text.empty()) return {};
  auto calendar = dispatch::Calendar::Parse(text, command.zone);
  if (!calendar) return Fail(ErrorCode::kUsage, "--recurring: " + calendar.error().message);
  if (text.size() > kLongestRecurrence) {
    return Fail(ErrorCode::kUsage,
                fmt::format("--recurring: more than {} bytes", kLongestRecurrence));
  }
  silence.recurrence = text;
  silence.time_zone = command.zone_name;
  silence.calendar = *std::move(calendar);
  return {};
}

/// Puts what was asked for into `silence`, but for its matchers.
Result<void> Apply(const Command& command, Silence& silence) {
  if (!command.request.comment.empty()) silence.comment = command.request.comment;
  if (auto set = SetSpan(command, silence); !set) return set;
  return SetRecurrence(command, silence);
}

/// The alerts that go on and match.
Result<std::size_t> CountMatched(const Command& command, const Silence& silence) {
  dispatch::AlertFilter filter;
  filter.match = silence.matchers;
  auto alerts = dispatch::ListAlerts(command.connection, filter);
  if (!alerts) return std::unexpected(alerts.error());
  return alerts->size();
}

std::string Told(const Command& command, std::int64_t id, const Silence& silence,
                 std::size_t matched) {
  return fmt::format("silence {}: {}\n  matches {}\n", id, Describe(silence, command.shown),
                     matched == 0   ? "nothing that goes on now"
                     : matched == 1 ? "one alert that goes on"
                                    : fmt::format("{} alerts that go on", matched));
}

/// One that lasts until what it matches is over would end at once where that is nothing.
Result<std::size_t> CheckMatched(const Command& command, const Silence& silence) {
  auto matched = CountMatched(command, silence);
  if (matched && *matched == 0 && silence.until_resolved) {
    return Fail(
        ErrorCode::kInvalidData,
        fmt::format("--until-resolved: nothing that goes on has {}", ToText(silence.matchers)));
  }
  return matched;
}

Result<std::vector<dispatch::Matcher>> MatchersOfNew(const Command& command) {
  const auto& request = command.request;
  if (request.alert != 0) return MatchersOf(command.connection, request.alert);
  if (!request.match.empty()) return Matchers("MATCHERS", request.match);
  return Fail(ErrorCode::kUsage,
              "silence: expected matchers such as 'application=\"shop\"', or --alert ID");
}

Result<ExitCode> Add(const Command& command) {
  const auto& request = command.request;
  auto matchers = MatchersOfNew(command);
  if (!matchers) return std::unexpected(matchers.error());
  if (!HasEnd(request) && request.recurring.empty()) {
    return Fail(ErrorCode::kUsage,
                "silence: expected --for, --until, --until-resolved or --recurring: one without an "
                "end is forgotten");
  }
  Silence silence;
  silence.matchers = *std::move(matchers);
  silence.created_at = silence.starts_at = command.now;
  if (auto applied = Apply(command, silence); !applied) return std::unexpected(applied.error());
  const auto matched = CheckMatched(command, silence);
  if (!matched) return std::unexpected(matched.error());
  auto id = Change(command.connection, request.dry_run, [&] {
    return dispatch::AddSilence(command.connection, silence, ActorOf(request.by, request.comment));
  });
  if (!id) return std::unexpected(id.error());
  fmt::print("{}", Told(command, *id, silence, *matched));
  return ExitCode::kOk;
}

Result<ExitCode> Edit(const Command& command) {
  const auto& request = command.request;
  const bool any = HasEnd(request) || !request.match.empty() || !request.from.empty() ||
                   !request.recurring.empty() || !request.comment.empty();
  if (!any) return Fail(ErrorCode::kUsage, "silence edit: expected what is to change");
  std::string told;
  const auto edit = [&]() -> Result<void> {
    told.clear();
    for (const auto id : std::set(request.ids.begin(), request.ids.end())) {
      std::size_t matched = 0;
      const auto change = [&](Silence& silence) -> Result<void> {
        if (!request.match.empty()) {
          auto matchers = Matchers("--match", request.match);
          if (!matchers) return std::unexpected(matchers.error());
          silence.matchers = *std::move(matchers);
        }
        if (auto applied = Apply(command, silence); !applied) return applied;
        auto counted = CheckMatched(command, silence);
        if (!counted) return std::unexpected(counted.error());
        matched = *counted;
        return {};
      };
      auto silence = dispatch::EditSilence(command.connection, id, change,
                                           ActorOf(request.by, request.comment));
      if (!silence) return std::unexpected(silence.error());
      told += Told(command, id, *silence, matched);
    }
    return {};
  };
  if (auto edited = Change(command.connection, request.dry_run, edit); !edited) {
    return std::unexpected(edited.error());
  }
  fmt::print("{}", told);
  return ExitCode::kOk;
}

Result<ExitCode> Expire(const Command& command) {
  const std::set ids(command.request.ids.begin(), command.request.ids.end());
  auto expired = Change(command.connection, command.request.dry_run, [&] {
    return dispatch::ExpireSilences(command.connection, ids,
                                    ActorOf(command.request.by, command.request.comment));
  });
  if (!expired) return std::unexpected(expired.error());
  for (const auto id : ids) {
    fmt::print("silence {}: ended; what it held back is told by the next pass\n", id);
  }
  return ExitCode::kOk;
}

std::string StateOf(const Silence& silence, std::int64_t now) {
  if (silence.expired_at || (silence.ends_at && *silence.ends_at <= now)) return "over";
  if (silence.starts_at > now) return "to come";
  return dispatch::IsActive(silence, now) ? "active" : "waiting";
}

Json JsonOf(const Silence& silence, std::int64_t now) {
  return {{"id", silence.id},
          {"state", StateOf(silence, now)},
          {"matchers", ToText(silence.matchers)},
          {"created_by", silence.created_by},
          {"comment", OrNull(silence.comment)},
          {"created_at", silence.created_at},
          {"starts_at", silence.starts_at},
          {"ends_at", OrNull(silence.ends_at)},
          {"until_resolved", silence.until_resolved},
          {"recurrence", OrNull(silence.recurrence)},
          {"time_zone", OrNull(silence.time_zone)},
          {"expired_at", OrNull(silence.expired_at)}};
}

std::string EndOf(const Silence& silence, const TimeZone& zone) {
  if (silence.expired_at) return zone.Format(*silence.expired_at);
  if (silence.ends_at) return zone.Format(*silence.ends_at);
  return silence.until_resolved ? "with its alerts" : "never";
}

std::string TableOf(const std::vector<Silence>& silences, const Command& command) {
  Table table({{"ID", Table::Align::kRight},
               {"STATE"},
               {"MATCHERS"},
               {"BEGINS"},
               {"ENDS"},
               {"ONLY"},
               {"BY"},
               {"COMMENT"}});
  for (const auto& silence : silences) {
    table.AddRow(
        {std::to_string(silence.id), StateOf(silence, command.now), ToText(silence.matchers),
         command.shown.Format(silence.starts_at), EndOf(silence, command.shown),
         silence.recurrence.empty() ? ""
                                    : fmt::format("{} ({})", silence.recurrence, silence.time_zone),
         silence.created_by, silence.comment});
  }
  return table.Text(StdoutIsTerminal());
}

Result<ExitCode> ListSilences(const Command& command) {
  auto silences = dispatch::LoadSilences(command.connection);
  if (!silences) return std::unexpected(silences.error());
  if (!command.request.all) {
    std::erase_if(*silences,
                  [&](const Silence& silence) { return StateOf(silence, command.now) == "over"; });
  }
  if (command.request.json) {
    std::vector<Json> lines;
    for (const auto& silence : *silences) lines.push_back(JsonOf(silence, command.now));
    fmt::print("{}", DumpLines(lines));
  } else if (silences->empty()) {
    fmt::print("no silences\n");
  } else {
    fmt::print("{}", TableOf(*silences, command));
  }
  return ExitCode::kOk;
}

Result<ExitCode> Run(const Command& command) {
  switch (command.request.action) {
    case Action::kAdd:
      return Add(command);
    case Action::kEdit:
      return Edit(command);
    case Action::kExpire:
      return Expire(command);
    case Action::kList:
      break;
  }
  return ListSilences(command);
}

}  // namespace

Result<ExitCode> Silences(const Config& config, const SilenceRequest& request) {
  const auto zone_name = ZoneName(config, request);
  if (!zone_name) return std::unexpected(zone_name.error());
  auto zone = TimeZone::Load(*zone_name);
  if (!zone) return std::unexpected(zone.error());
  auto shown = TimeZone::Load(config.mail.time_zone);
  if (!shown) return std::unexpected(shown.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto now = ServerNow(*connection);
  if (!now) return std::unexpected(now.error());
  auto done = Run({*connection, request, *zone_name, *std::move(zone), *std::move(shown), *now});
  const bool changes = request.action != Action::kList;
  if (done && changes && request.dry_run) fmt::print("{}", kNothingChanged);
  return done;
}

}  // namespace mon::alerting_system
