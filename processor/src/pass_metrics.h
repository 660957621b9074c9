#pragma once

#include <chrono>

#include "common/clock.h"
#include "common/error.h"
#include "metrics/metrics.h"
#include "summary.h"

namespace mon::processor {

/// What a pass that ended at `now` came to, whatever it was.
void Record(Metrics& metrics, const Result<Summary>& pass, std::chrono::duration<double> duration,
            TimePoint now);

}  // namespace mon::processor
