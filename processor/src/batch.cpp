#include "batch.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace mon::processor {

void PutInOrder(std::vector<Sample>& samples) {
  const auto is_later = [](const Sample& one, const Sample& other) {
    return one.timestamp >= other.timestamp;
  };
  if (std::ranges::adjacent_find(samples, is_later) == samples.end()) return;
  std::ranges::sort(samples, std::greater(),
                    [](const Sample& sample) { return std::pair(sample.timestamp, sample.id); });
  const auto of_one_second = std::ranges::unique(samples, {}, &Sample::timestamp);
  samples.erase(of_one_second.begin(), of_one_second.end());
  std::ranges::reverse(samples);
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
