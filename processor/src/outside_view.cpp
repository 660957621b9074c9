#include "outside_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace mon::processor {
namespace {

constexpr std::int64_t kBefore = 1'800;  // s that the dashboard shows before the beginning
constexpr std::int64_t kAfter = 600;     // s after the end

/// As a part of a URL's query (RFC 3986).
std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~").contains(c));
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace

alerting_system::PayloadAlert PayloadOf(const Alert& alert, const dispatch::Labels& labels,
                                        const std::string& dashboard_url) {
  alerting_system::PayloadAlert payload;
  payload.firing = !alert.ended_at.has_value();
  payload.labels = labels;
  const auto annotate = [&](const char* name, const std::string& text) {
    if (!text.empty()) payload.annotations.emplace(name, text);
  };
  annotate("summary", alert.summary);
  annotate("description", alert.description);
  annotate("runbook_url", alert.runbook);
  annotate("owner", alert.owner);
  if (alert.deciding.oddity) annotate("why", alert.deciding.oddity->sentence);
  if (const auto* cause = ProbableCause(alert.moves)) annotate("cause", cause->sentence);
  payload.starts_at = alert.started_at;
  payload.ends_at = alert.ended_at.value_or(0);
  payload.generator_url = dashboard_url;
  return payload;
}

std::string DashboardUrl(const std::string& grafana_url, const Alert& alert, std::int64_t now) {
  if (grafana_url.empty()) return {};
  const auto base =
      grafana_url.ends_with('/') ? grafana_url.substr(0, grafana_url.size() - 1) : grafana_url;
  return fmt::format("{}/d/monitoring-platform?var-application={}&from={}000&to={}000", base,
                     Escaped(alert.application), alert.started_at - kBefore,
                     std::max(alert.ended_at.value_or(now), alert.fired_at) + kAfter);
}

}  // namespace mon::processor
