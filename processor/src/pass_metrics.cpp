#include "pass_metrics.h"

#include <cstddef>

namespace mon::processor {
namespace {

const char* OutcomeOf(const Result<Summary>& pass) {
  if (pass) return "done";
  return pass.error().code == ErrorCode::kBusy ? "standby" : "failed";
}

}  // namespace

void Record(Metrics& metrics, const Result<Summary>& pass, std::chrono::duration<double> duration,
            TimePoint now) {
  const auto count = [&](const char* name, const char* help, std::size_t amount,
                         const Metrics::Labels& labels = {}) {
    metrics.Add(name, help, labels, static_cast<double>(amount));
  };
  count("processor_passes_total", "Passes by outcome.", 1, {{"outcome", OutcomeOf(pass)}});
  metrics.Set("processor_pass_duration_seconds", "Duration of the last pass.", {},
              duration.count());
  if (!pass) return;
  count("processor_rows_total", "Rows of hyphenmon_metrics read.", pass->rows);
  count("processor_late_samples_total", "Samples judged as late data, once per rule.", pass->late);
  count("processor_incidents_fired_total", "Incidents that began.", pass->fired.size());
  count("processor_incidents_resolved_total", "Incidents that ended.", pass->resolved.size());
  count("processor_mails_queued_total", "Mails queued.", pass->mails.size());
  for (const auto& [reason, rows] : pass->skipped) {
    count("processor_rows_skipped_total", "Rows that cannot be judged, by reason.", rows,
          {{"reason", reason}});
  }
  metrics.Set("processor_waiting_samples", "Samples that wait for values of items.", {},
              static_cast<double>(pass->waiting));
  metrics.Set("processor_last_success_timestamp_seconds", "When a pass last succeeded.", {},
              static_cast<double>(EpochSeconds(now)));
}

}  // namespace mon::processor
