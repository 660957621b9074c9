#include "delivery_metrics.h"

#include <utility>

namespace mon::alerting_system {

void Record(Metrics& metrics, const mail_delivery::DeliverySummary& summary) {
  for (const auto& [outcome, count] :
       {std::pair("sent", summary.sent), std::pair("deferred", summary.deferred),
        std::pair("refused", summary.refused), std::pair("uncertain", summary.uncertain)}) {
    metrics.Add("alerting_mails_total", "Attempts to deliver a mail, by what became of them.",
                {{"outcome", outcome}}, static_cast<double>(count));
  }
}

void RecordCycle(Metrics& metrics, bool succeeded, TimePoint now) {
  metrics.Add("alerting_cycles_total", "Passes over the queue; the database makes them fail.",
              {{"result", succeeded ? "ok" : "failed"}}, 1);
  const auto seconds = static_cast<double>(EpochSeconds(now));
  metrics.Set("alerting_last_cycle_timestamp_seconds", "When the last pass ended.", {}, seconds);
  if (!succeeded) return;
  metrics.Set("alerting_last_success_timestamp_seconds", "When a pass last succeeded.", {},
              seconds);
}

}  // namespace mon::alerting_system
