#include "data_aggregator/replay.h"

#include <fmt/format.h>

#include <vector>

#include "common/log.h"
#include "outcomes.h"

namespace mon::data_aggregator {
namespace {

constexpr std::size_t kAtOnce = 10'000;  // one transaction

/// Of several samples of one application and second the store counts the last alone; the others
/// were replaced by it.
Outcomes OutcomesOfBatch(const StoreResult& stored, std::size_t batch) {
  const std::size_t counted =
      stored.inserted + stored.replaced + stored.unchanged + stored.Refused();
  Outcomes outcomes = OutcomesOf(stored);
  if (batch > counted) outcomes[outcome::kReplaced] += batch - counted;
  return outcomes;
}

}  // namespace

ReplayResult Replay(Spool& spool, SampleStore& store, TimePoint now,
                    std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
  ReplayResult result;
  const auto fail = [&](const Error& error) {
    result.error = error;
    return result;
  };
  while (spool.Count() > 0 && !stop.stop_requested() && std::chrono::steady_clock::now() < until) {
    const std::uint64_t before = spool.Count();
    const auto oldest = spool.Oldest(kAtOnce, now);
    if (!oldest) return fail(oldest.error());
    if (!oldest->empty()) {
      std::vector<ApplicationSample> samples;
      for (const SpooledSample& spooled : *oldest) samples.push_back(spooled.sample);
      const auto stored = store.StoreSamples(samples);
      if (!stored) return fail(stored.error());
      const auto outcomes = OutcomesOfBatch(*stored, samples.size());
      if (auto freed = spool.Free(oldest->back().sequence, outcomes); !freed)
        return fail(freed.error());
    }
    result.freed += before - spool.Count();
  }
  if (result.freed > 0)
    log::Info("samples of the spool stored",
              {{"count", fmt::to_string(result.freed)}, {"left", fmt::to_string(spool.Count())}});
  return result;
}

}  // namespace mon::data_aggregator
