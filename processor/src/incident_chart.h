#pragma once

#include <cstdint>

#include "alerting_system/chart.h"
#include "common/error.h"
#include "items.h"
#include "processor/alert.h"
#include "sample_reader.h"

namespace mon::processor {

/// The picture of the mail about `alert`: the two metrics of its application, and beneath them the
/// items and called applications that moved the most, from some time before its beginning to its
/// end or to `now` (epoch seconds). Without any panel where there are no samples. Errors: those of
/// its sources.
[[nodiscard]] Result<alerting_system::Chart> IncidentChart(const Alert& alert,
                                                           SampleHistory& history,
                                                           ItemSource& items, std::int64_t now);

}  // namespace mon::processor
