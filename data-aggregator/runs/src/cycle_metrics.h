#pragma once

#include <chrono>

#include "common/clock.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/spool.h"
#include "metrics/metrics.h"

namespace mon::data_aggregator {

/// What a cycle that ended at `now` came to.
void Record(Metrics& metrics, const CycleReport& report, std::chrono::duration<double> duration,
            TimePoint now);

/// Of a new configuration: the next cycle says which sources are up, and only of those it has.
void ForgetSources(Metrics& metrics);

/// What lies in the spool, and what became of all samples: it keeps those counts over restarts.
void Record(Metrics& metrics, const Spool& spool);

}  // namespace mon::data_aggregator
