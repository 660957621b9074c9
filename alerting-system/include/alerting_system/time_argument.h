#pragma once

#include <cstdint>
#include <string_view>

#include "alerting_system/time_zone.h"
#include "common/error.h"

namespace mon::alerting_system {

/// An instant as people give it to a program, in epoch seconds:
///
///     2026-11-25 10:00     local time of `zone`; seconds may follow, a T may stand for the blank
///     2026-11-25           its first second there
///     2026-11-25T10:00Z    with a zone: Z, +01:00 or +0100
///     -2h, now             before `now`; +2h after it
///     1750000000           epoch seconds
///
/// A local time that the clock skips or shows twice is one of those nearest to it.
/// Errors: kUsage with what was found and what was expected.
[[nodiscard]] Result<std::int64_t> ParseTime(std::string_view text, std::int64_t now,
                                             const TimeZone& zone);

}  // namespace mon::alerting_system
