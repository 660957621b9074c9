#include "cycle_metrics.h"

namespace mon::data_aggregator {
namespace {

constexpr const char* kSourceUp = "aggregator_source_up";

}  // namespace

void Record(Metrics& metrics, const CycleReport& report, std::chrono::duration<double> duration,
            TimePoint now) {
  const bool ok = report.exit_code == ExitCode::kOk;
  metrics.Add("aggregator_cycles_total", "Cycles, by result.", {{"result", ok ? "ok" : "failed"}},
              1);
  metrics.Set("aggregator_cycle_duration_seconds", "Duration of the last cycle.", {},
              duration.count());
  const auto seconds = static_cast<double>(EpochSeconds(now));
  metrics.Set("aggregator_last_cycle_timestamp_seconds", "When the last cycle ended.", {}, seconds);
  if (ok) {
    metrics.Set("aggregator_last_success_timestamp_seconds",
                "When the last cycle ended in which nothing failed.", {}, seconds);
  }
  for (const SourceReport& source : report.sources) {
    const Metrics::Labels labels = {{"source", source.name}};
    metrics.Set(kSourceUp, "1 if the last attempt to read the source succeeded.", labels,
                source.up ? 1 : 0);
    metrics.Add("aggregator_source_samples_total", "Values taken from the source.", labels,
                static_cast<double>(source.samples));
    metrics.Add("aggregator_refused_total", "Values of the source that were refused.", labels,
                static_cast<double>(source.refused));
  }
}

void ForgetSources(Metrics& metrics) { metrics.Forget(kSourceUp); }

void Record(Metrics& metrics, const Spool& spool) {
  for (const auto& [outcome, total] : spool.Totals()) {
    metrics.SetTotal("aggregator_samples_total",
                     "Samples of applications by what became of them; received is the sum of the "
                     "others and of aggregator_spool_samples.",
                     {{"outcome", outcome}}, static_cast<double>(total));
  }
  metrics.Set("aggregator_spool_samples", "Samples that wait on disk for the database.", {},
              static_cast<double>(spool.Count()));
  metrics.Set("aggregator_spool_bytes", "Size of the spool.", {},
              static_cast<double>(spool.Bytes()));
}

}  // namespace mon::data_aggregator
