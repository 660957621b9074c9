#include "setup.h"

#include <algorithm>

#include "alerting_system/settings.h"

namespace mon::processor {

std::chrono::seconds Setup::LongestMetricSpan() const {
  std::chrono::seconds longest{0};
  for (const auto& rule : rules) longest = std::max(longest, rule.MetricSpan());
  return longest;
}

Result<Setup> Prepare(const Config& config) {
  auto zone = alerting_system::TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto mail = alerting_system::ResolveMailSettings(config);
  if (!mail) return std::unexpected(mail.error());
  // Where mails go to a Maildir for want of a server, the delivery says so: a pass that sends
  // nothing stays silent.
  auto policy = dispatch::MakePolicy(config, mail->recipients, *zone);
  if (!policy) return std::unexpected(policy.error());
  auto contexts = Contexts::Make(config.contexts, *zone);
  if (!contexts) return std::unexpected(contexts.error());
  Setup setup{&config,
              {},
              *std::move(zone),
              *std::move(policy),
              CallGraph(config.applications),
              *std::move(contexts)};
  for (const auto& rule : config.rules) {
    auto parsed = anomaly_detector::Rule::Parse(rule);
    if (!parsed) return std::unexpected(parsed.error());
    setup.rules.push_back(std::move(*parsed));
  }
  return setup;
}

}  // namespace mon::processor
