#pragma once

#include "common/clock.h"
#include "mail_delivery/delivery.h"
#include "metrics/metrics.h"

namespace mon::alerting_system {

/// What became of the mails of one pass.
void Record(Metrics& metrics, const mail_delivery::DeliverySummary& summary);

/// That a pass ended at `now`; it failed where the database did.
void RecordCycle(Metrics& metrics, bool succeeded, TimePoint now);

}  // namespace mon::alerting_system
