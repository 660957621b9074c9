#include "silences.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "actor.h"
#include "alerting_system/time_zone.h"
#include "common/clock.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/alert_store.h"
#include "dispatch/silence_store.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "mysql/transact.h"

namespace mon::alerting_system {
namespace {

using dispatch::Silence;
using Action = SilenceRequest::Action;
using Json = nlohmann::ordered_json;

std::int64_t Now() { return EpochSeconds(SystemClock().Now()); }

/// "2025-06-15 18:00[:00]" on the clock of `zone`. A time that the clock skips is that of before.
Result<std::int64_t> ParseLocal(const std::string& text, const TimeZone& zone) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, end = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d%n:%2d%n", &year, &month, &day,
                                 &hour, &minute, &end, &second, &end);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  const bool good = fields >= 5 && static_cast<std::size_t>(end) == text.size() && date.ok() &&
                    hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 &&
                    second < 60;
  if (!good) {
    return Fail(ErrorCode::kUsage,
                fmt::format("--until: expected a time such as \"2025-06-15 18:00\", found {}",
                            QuoteJson(text)));
  }
  const std::int64_t local =
      std::chrono::sys_days(date).time_since_epoch() / std::chrono::days(1) * 86'400LL +
      hour * 3600LL + minute * 60LL + second;
  const std::int64_t guess = local - zone.OffsetAt(local);
  return local - zone.OffsetAt(guess);
}

/// The labels of an alert as matchers: its rule and application, and its hosts where they are few.
Result<std::string> MatchersOf(mysql::Connection& connection, std::int64_t alert_id) {
  dispatch::AlertFilter filter;
  filter.ids = {alert_id};
  auto alerts = dispatch::ListAlerts(connection, filter);
  if (!alerts) return std::unexpected(alerts.error());
  if (alerts->empty()) {
    return Fail(ErrorCode::kInvalidData, fmt::format("there is no alert {}", alert_id));
  }
  return fmt::format("rule={}, application={}", QuoteJson(alerts->front().rule),
                     QuoteJson(alerts->front().application));
}

/// Puts what was asked for into `silence`.
Result<void> Apply(const SilenceRequest& request, const TimeZone& zone, const std::string& match,
                   Silence& silence) {
  if (!match.empty()) {
    auto matchers = dispatch::ParseMatchers(match);
    if (!matchers) return Fail(ErrorCode::kUsage, "matchers " + matchers.error().message);
    silence.matchers = *std::move(matchers);
  }
  if (!request.comment.empty()) silence.comment = request.comment;
  if (!request.lasts.empty()) {
    silence.ends_at = Now() + *ParseDuration(request.lasts) / std::chrono::seconds(1);
  }
  if (!request.until.empty()) {
    auto until = ParseLocal(request.until, zone);
    if (!until) return std::unexpected(until.error());
    if (*until <= Now()) return Fail(ErrorCode::kUsage, "--until: that time has passed");
    silence.ends_at = *until;
  }
  if (request.until_resolved) silence.until_resolved = true;
  if (!request.recurring.empty()) silence.recurrence = request.recurring;
  if (!request.time_zone.empty()) silence.time_zone = request.time_zone;
  if (silence.recurrence.empty()) return {};
  auto own = TimeZone::Load(silence.time_zone);
  if (!own) return std::unexpected(own.error());
  auto calendar = dispatch::Calendar::Parse(silence.recurrence, *own);
  if (!calendar) return Fail(ErrorCode::kUsage, "--recurring: " + calendar.error().message);
  return {};
}

Result<ExitCode> Add(mysql::Connection& connection, const Config& config,
                     const SilenceRequest& request, const TimeZone& zone) {
  std::string match = request.match;
  if (request.alert != 0) {
    auto matchers = MatchersOf(connection, request.alert);
    if (!matchers) return std::unexpected(matchers.error());
    match = *std::move(matchers);
  }
  if (match.empty()) {
    return Fail(ErrorCode::kUsage,
                "silence: expected matchers such as 'application=\"shop\"', or --alert ID");
  }
  const bool ends = !request.lasts.empty() || !request.until.empty() || request.until_resolved ||
                    !request.recurring.empty();
  if (!ends) {
    return Fail(ErrorCode::kUsage,
                "silence: expected --for, --until, --until-resolved or --recurring: one without an "
                "end is forgotten");
  }
  Silence silence;
  silence.starts_at = Now();
  silence.time_zone = request.recurring.empty() ? "" : config.mail.time_zone;
  if (auto applied = Apply(request, zone, match, silence); !applied) {
    return std::unexpected(applied.error());
  }
  auto id = mysql::Transact(connection, [&] {
    return dispatch::SaveSilence(connection, silence, ActorOf(request.by, request.comment));
  });
  if (!id) return std::unexpected(id.error());
  fmt::print("silence {}: {}\n", *id, dispatch::Describe(silence));
  return ExitCode::kOk;
}

Result<ExitCode> Edit(mysql::Connection& connection, const SilenceRequest& request,
                      const TimeZone& zone) {
  auto silences = dispatch::LoadSilences(connection, request.ids);
  if (!silences) return std::unexpected(silences.error());
  for (const auto id : request.ids) {
    const auto found = std::ranges::find(*silences, id, &Silence::id);
    if (found == silences->end() || found->expired_at) {
      return Fail(ErrorCode::kInvalidData, fmt::format("there is no silence {} that holds", id));
    }
    if (auto applied = Apply(request, zone, request.match, *found); !applied) {
      return std::unexpected(applied.error());
    }
  }
  auto saved = mysql::Transact(connection, [&]() -> Result<void> {
    for (const auto& silence : *silences) {
      auto one = dispatch::SaveSilence(connection, silence, ActorOf(request.by, request.comment));
      if (!one) return std::unexpected(one.error());
    }
    return {};
  });
  if (!saved) return std::unexpected(saved.error());
  for (const auto& silence : *silences) {
    fmt::print("silence {}: {}\n", silence.id, dispatch::Describe(silence));
  }
  return ExitCode::kOk;
}

Result<ExitCode> Expire(mysql::Connection& connection, const SilenceRequest& request) {
  auto expired = mysql::Transact(connection, [&] {
    return dispatch::ExpireSilences(connection, request.ids, ActorOf(request.by, request.comment));
  });
  if (!expired) return std::unexpected(expired.error());
  for (const auto id : request.ids) {
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
  const auto or_null = [](std::optional<std::int64_t> time) { return time ? Json(*time) : Json(); };
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  return {{"id", silence.id},
          {"state", StateOf(silence, now)},
          {"matchers", ToText(silence.matchers)},
          {"created_by", silence.created_by},
          {"comment", silence.comment},
          {"created_at", silence.created_at},
          {"starts_at", silence.starts_at},
          {"ends_at", or_null(silence.ends_at)},
          {"until_resolved", silence.until_resolved},
          {"recurrence", text(silence.recurrence)},
          {"time_zone", text(silence.time_zone)},
          {"expired_at", or_null(silence.expired_at)}};
}

Result<ExitCode> ListSilences(mysql::Connection& connection, const SilenceRequest& request,
                              const TimeZone& zone) {
  auto silences = dispatch::LoadSilences(connection, {});
  if (!silences) return std::unexpected(silences.error());
  const auto now = Now();
  if (!request.all) {
    std::erase_if(*silences,
                  [&](const Silence& silence) { return StateOf(silence, now) == "over"; });
  }
  if (request.json) {
    std::string text = "[";
    for (const auto& silence : *silences) {
      text += (text.size() == 1 ? "\n" : ",\n") +
              JsonOf(silence, now).dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    fmt::print("{}", text + (silences->empty() ? "]\n" : "\n]\n"));
    return ExitCode::kOk;
  }
  if (silences->empty()) fmt::print("no silences\n");
  if (silences->empty()) return ExitCode::kOk;
  Table table({{"ID", Table::Align::kRight},
               {"STATE"},
               {"MATCHERS"},
               {"ENDS"},
               {"ONLY"},
               {"BY"},
               {"COMMENT"}});
  for (const auto& silence : *silences) {
    const std::string ends = silence.ends_at          ? zone.Format(*silence.ends_at)
                             : silence.until_resolved ? "when it is over"
                                                      : "never";
    table.AddRow({std::to_string(silence.id), StateOf(silence, now), ToText(silence.matchers), ends,
                  silence.recurrence, silence.created_by, silence.comment});
  }
  fmt::print("{}", table.Text(StdoutIsTerminal()));
  return ExitCode::kOk;
}

}  // namespace

Result<ExitCode> Silences(const Config& config, const SilenceRequest& request) {
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  switch (request.action) {
    case Action::kAdd:
      return Add(*connection, config, request, *zone);
    case Action::kEdit:
      return Edit(*connection, request, *zone);
    case Action::kExpire:
      return Expire(*connection, request);
    case Action::kList:
      break;
  }
  return ListSilences(*connection, request, *zone);
}

Result<ExitCode> ShowAudit(const Config& config, const AuditRequest& request) {
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  auto audit = dispatch::LoadAudit(*connection,
                                   Now() - *ParseDuration(request.since) / std::chrono::seconds(1));
  if (!audit) return std::unexpected(audit.error());
  if (request.json) {
    std::string text = "[";
    for (const auto& row : *audit) {
      const Json line = {{"at", row.happened_at},  {"who", row.who},       {"action", row.action},
                         {"subject", row.subject}, {"reason", row.reason}, {"detail", row.detail}};
      text += (text.size() == 1 ? "\n" : ",\n") +
              line.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    fmt::print("{}", text + (audit->empty() ? "]\n" : "\n]\n"));
    return ExitCode::kOk;
  }
  if (audit->empty()) fmt::print("nothing was changed by a command\n");
  if (audit->empty()) return ExitCode::kOk;
  Table table({{"WHEN"}, {"WHO"}, {"DID"}, {"TO"}, {"WHY"}, {"WHAT"}});
  for (const auto& row : *audit) {
    table.AddRow(
        {zone->Format(row.happened_at), row.who, row.action, row.subject, row.reason, row.detail});
  }
  fmt::print("{}", table.Text(StdoutIsTerminal()));
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
