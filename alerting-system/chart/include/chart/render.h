#pragma once

#include <string>

#include "alerting_system/chart.h"
#include "alerting_system/time_zone.h"
#include "common/error.h"

namespace mon::chart {

/// Width of the picture as a mail shows it, in CSS pixels; it is drawn with twice as many.
inline constexpr int kWidth = 480;

/// The picture as a PNG file. Light lines on a dark card, so that it is as readable in a mail
/// program's dark mode as in a light one; letters of 14 CSS pixels, so that it still is where a
/// phone shows it at two thirds of its width. The times are those of `zone`.
/// Errors: kInvalidData for a chart without a panel or a span of time; kInternal where cairo fails.
/// No I/O, safe from any thread.
[[nodiscard]] Result<std::string> RenderPng(const alerting_system::Chart& chart,
                                            const alerting_system::TimeZone& zone);

}  // namespace mon::chart
