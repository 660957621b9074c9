// How those who are told by other means, or look further, see an alert.
#pragma once

#include <cstdint>
#include <string>

#include "alerting_system/payload.h"
#include "dispatch/labels.h"
#include "processor/alert.h"

namespace mon::processor {

/// `alert` as webhooks and commands get it. `labels`: all that it is known by; `dashboard_url` may
/// be empty.
[[nodiscard]] alerting_system::PayloadAlert PayloadOf(const Alert& alert,
                                                      const dispatch::Labels& labels,
                                                      const std::string& dashboard_url);

/// The dashboard at the time of `alert`; empty where `grafana_url` is. `now`: epoch seconds.
[[nodiscard]] std::string DashboardUrl(const std::string& grafana_url, const Alert& alert,
                                       std::int64_t now);

}  // namespace mon::processor
