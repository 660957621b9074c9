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

std::vector<Portion> InPortions(const Batch& batch, std::chrono::seconds longest,
                                std::size_t before, std::size_t most) {
  Portion rest;
  for (const auto& [application, samples] : batch)
    if (!samples.empty()) rest.push_back({&application, samples});
  std::vector<Portion> portions;
  while (!rest.empty()) {
    const auto first = [](const SamplesOf& one) { return one.samples.front().timestamp; };
    const std::int64_t end = first(*std::ranges::min_element(rest, {}, first)) + longest.count();
    std::size_t size = most;  // a new portion begins
    for (SamplesOf& one : rest) {
      const auto behind = std::ranges::upper_bound(one.samples, end, {}, &Sample::timestamp);
      const auto count = static_cast<std::size_t>(behind - one.samples.begin());
      if (count == 0) continue;
      if (size + count + before > most) {
        portions.emplace_back();
        size = 0;
      }
      size += count + before;
      portions.back().push_back({one.application, one.samples.first(count)});
      one.samples = one.samples.subspan(count);
    }
    std::erase_if(rest, [](const SamplesOf& one) { return one.samples.empty(); });
  }
  return portions;
}

}  // namespace mon::processor
