#include "dispatch/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "alerting_system/address.h"
#include "common/text.h"

namespace mon::dispatch {
namespace {

/// "monitoring.toml:12: [[route]]: match: …"
std::unexpected<Error> Refuse(const std::string& where, const std::string& key,
                              const std::string& why) {
  return std::unexpected(Error{ErrorCode::kConfig, fmt::format("{}: {}: {}", where, key, why)});
}

using Receivers = std::vector<ReceiverConfig>;

/// Names of receivers, and mail addresses.
Result<std::vector<std::string>> Recipients(const std::vector<std::string>& names,
                                            const Receivers& receivers) {
  std::vector<std::string> recipients;
  for (const auto& name : names) {
    const auto receiver = std::ranges::find(receivers, name, &ReceiverConfig::name);
    if (receiver != receivers.end()) {
      const auto targets = TargetsOf(*receiver);
      recipients.insert(recipients.end(), targets.begin(), targets.end());
      continue;
    }
    auto address = alerting_system::ParseAddress(name);
    if (!address) return std::unexpected(address.error());
    recipients.push_back(address->mailbox);
  }
  return recipients;
}

/// "15m: lead@example.org, boss@example.org"
Result<Escalation> ParseEscalation(const std::string& text, const Receivers& receivers) {
  const auto colon = text.find(':');
  const auto after = ParseDuration(std::string(Trim(text.substr(0, colon))));
  if (colon == std::string::npos || !after || after->count() <= 0) {
    return Fail(ErrorCode::kConfig, fmt::format("found {}, expected a time and receivers such as "
                                                "\"15m: lead@example.org\"",
                                                QuoteJson(text)));
  }
  auto recipients = Recipients(SplitList(text.substr(colon + 1)), receivers);
  if (!recipients) return std::unexpected(recipients.error());
  if (recipients->empty()) {
    return Fail(ErrorCode::kConfig, QuoteJson(text) + " names nobody behind its time");
  }
  return Escalation{std::chrono::duration_cast<std::chrono::seconds>(*after),
                    *std::move(recipients)};
}

Result<Route> MakeRoute(const RouteConfig& config, const Receivers& receivers,
                        const std::vector<std::string>& everybody,
                        const alerting_system::TimeZone& zone) {
  const auto refuse = [&](const std::string& key, const Error& error) {
    return Refuse(config.where, "[[route]]: " + key, error.message);
  };
  Route route;
  route.continues = config.continues;
  route.group_by = config.group_by;
  route.wait = config.wait;
  route.interval = config.interval;
  route.repeat = config.repeat;
  auto match = ParseMatchers(config.match);
  if (!match) return refuse("match", match.error());
  route.match = *std::move(match);
  auto recipients = Recipients(config.receivers, receivers);
  if (!recipients) return refuse("receivers", recipients.error());
  route.recipients = recipients->empty() ? everybody : *std::move(recipients);
  if (!config.active.empty()) {
    auto calendar = Calendar::Parse(config.active, zone);
    if (!calendar) return refuse("active", calendar.error());
    route.active = *std::move(calendar);
  }
  for (const auto& text : config.escalate) {
    auto escalation = ParseEscalation(text, receivers);
    if (!escalation) return refuse("escalate", escalation.error());
    route.escalations.push_back(*std::move(escalation));
  }
  std::ranges::sort(route.escalations, {}, &Escalation::after);
  return route;
}

Result<Inhibition> MakeInhibition(const InhibitConfig& config) {
  Inhibition inhibition{{}, {}, config.equal};
  for (const auto& [key, text, to] : {std::tuple("source", &config.source, &inhibition.source),
                                      std::tuple("target", &config.target, &inhibition.target)}) {
    auto matchers = ParseMatchers(*text);
    if (!matchers) {
      return Refuse(config.where, fmt::format("[[inhibit]]: {}", key), matchers.error().message);
    }
    *to = *std::move(matchers);
  }
  return inhibition;
}

}  // namespace

Result<Policy> MakePolicy(const Config& config, const std::vector<std::string>& everybody,
                          const alerting_system::TimeZone& zone) {
  Policy policy;
  policy.flapping = config.alerting.flapping;
  policy.digest = config.alerting.digest;
  policy.mails_per_hour = config.alerting.mails_per_hour;
  for (const auto& each : config.routes) {
    auto route = MakeRoute(each, config.receivers, everybody, zone);
    if (!route) return std::unexpected(route.error());
    policy.routes.push_back(*std::move(route));
  }
  for (const auto& each : config.inhibitions) {
    auto inhibition = MakeInhibition(each);
    if (!inhibition) return std::unexpected(inhibition.error());
    policy.inhibitions.push_back(*std::move(inhibition));
  }
  auto rest = MakeRoute(RouteConfig{}, config.receivers, everybody, zone);
  if (!rest) return std::unexpected(rest.error());
  policy.routes.push_back(*std::move(rest));
  return policy;
}

Result<void> CheckAlerting(const Config& config) {
  auto zone = alerting_system::TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto policy = MakePolicy(config, {}, *zone);
  if (!policy) return std::unexpected(policy.error());
  for (const auto& context : config.contexts) {
    if (context.active.empty()) continue;
    auto calendar = Calendar::Parse(context.active, *zone);
    if (!calendar) return Refuse(context.where, "[[context]]: active", calendar.error().message);
  }
  return {};
}

Routing RouteOf(const Policy& policy, const Labels& labels, std::int64_t now) {
  std::optional<Routing> routing;
  for (std::size_t i = 0; i < policy.routes.size(); ++i) {
    const Route& route = policy.routes[i];
    if (!Matches(route.match, labels) || (route.active && !route.active->Covers(now))) continue;
    // What a route continues with adds receivers; the last one is for what nobody else takes.
    if (routing && i + 1 == policy.routes.size()) break;
    if (routing) {
      routing->also.push_back(i);
    } else {
      routing = Routing{i, {}, {}};
    }
    for (const auto& recipient : route.recipients) {
      if (std::ranges::find(routing->recipients, recipient) == routing->recipients.end()) {
        routing->recipients.push_back(recipient);
      }
    }
    if (!route.continues) break;
  }
  return *std::move(routing);
}

}  // namespace mon::dispatch
