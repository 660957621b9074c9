#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alerting_system/time_zone.h"
#include "common/config.h"
#include "common/error.h"
#include "dispatch/calendar.h"
#include "dispatch/labels.h"
#include "dispatch/matcher.h"

namespace mon::dispatch {

/// Who is told as well of what nobody has acknowledged.
struct Escalation {
  std::chrono::seconds after{0};  ///< since it was first told
  std::vector<std::string> recipients;
};

/// A [[route]], checked.
struct Route {
  std::vector<Matcher> match;
  std::vector<std::string> recipients;  ///< of notifications, never empty
  bool continues = false;
  std::optional<Calendar> active;  ///< unset: always
  std::optional<std::vector<std::string>> group_by;
  std::chrono::seconds wait{0};
  std::chrono::seconds interval{0};
  std::chrono::seconds repeat{0};
  std::vector<Escalation> escalations;  ///< in the order of their time
};

/// An [[inhibit]], checked.
struct Inhibition {
  std::vector<Matcher> source;
  std::vector<Matcher> target;
  std::vector<std::string> equal;
};

/// Who is told of what and when, as the configuration says. Read-only, safe from any thread.
struct Policy {
  std::vector<Route> routes;  ///< the last one takes what no other does
  std::vector<Inhibition> inhibitions;
  int flapping = 0;  ///< incidents within an hour that are not flapping yet; 0: there is none
  std::chrono::seconds digest{0};
  int mails_per_hour = 0;  ///< to one recipient; 0: no limit
};

/// `everybody`: who is told where a route names nobody, and of what no route takes. `zone`: of
/// times in the configuration that name none.
/// Errors: kConfig, naming the place in the file and what was expected.
[[nodiscard]] Result<Policy> MakePolicy(const Config& config,
                                        const std::vector<std::string>& everybody,
                                        const alerting_system::TimeZone& zone);

/// For LoadOptions::check_alerting: MakePolicy without the policy, and the times of contexts.
[[nodiscard]] Result<void> CheckAlerting(const Config& config);

/// Where an alert goes.
struct Routing {
  std::size_t route = 0;                ///< the first one; its times and groups count
  std::vector<std::size_t> also;        ///< those that it continues with
  std::vector<std::string> recipients;  ///< of all these, each once
};

/// `now`: epoch seconds, for routes that are active at times.
[[nodiscard]] Routing RouteOf(const Policy& policy, const Labels& labels, std::int64_t now);

}  // namespace mon::dispatch
