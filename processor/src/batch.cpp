#include "batch.h"

#include <utility>

namespace mon::processor {

Batch MakeBatch(std::span<const Sample> samples) {
  std::map<std::string, std::map<std::int64_t, Sample>> sorted;
  for (const auto& sample : samples) {
    auto [at, fresh] = sorted[sample.application].try_emplace(sample.timestamp, sample);
    if (!fresh && at->second.id < sample.id) at->second = sample;
  }
  Batch batch;
  for (auto& [application, by_time] : sorted) {
    auto& list = batch[application];
    for (auto& [time, sample] : by_time) list.push_back(std::move(sample));
  }
  return batch;
}

std::vector<Batch> InPortions(Batch batch, std::chrono::seconds span,
                              std::chrono::milliseconds spacing, std::size_t most) {
  const auto before = static_cast<std::size_t>(std::chrono::milliseconds(span) / spacing);
  std::vector<Batch> portions;
  std::size_t size = most;
  while (!batch.empty()) {
    auto application = batch.extract(batch.begin());
    const std::size_t cost = application.mapped().size() + before;
    if (portions.empty() || size + cost > most) {
      portions.emplace_back();
      size = 0;
    }
    size += cost;
    portions.back().insert(std::move(application));
  }
  return portions;
}

}  // namespace mon::processor
