#pragma once

#include <cstdint>
#include <string>

#include "alerting_system/time_zone.h"
#include "dispatch/alert_store.h"
#include "output.h"

namespace mon::alerting_system {

/// How `list` and `show` put an alert.

/// "firing", "acknowledged by anna".
[[nodiscard]] std::string StateOf(const dispatch::AlertRow& alert);

/// "group until 16:30:00", with the date where that is not today; empty: nothing holds it back.
[[nodiscard]] std::string HeldBy(const dispatch::AlertRow& alert, const TimeZone& zone,
                                 std::int64_t now);

/// An object; a label that has several values is an array.
[[nodiscard]] Json LabelsJson(const dispatch::Labels& labels);

[[nodiscard]] Json JsonOf(const dispatch::AlertRow& alert);

}  // namespace mon::alerting_system
