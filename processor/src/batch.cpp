#include "batch.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace mon::processor {

Batch MakeBatch(std::span<const Sample> samples) {
  Batch batch;
  std::unordered_map<std::string_view, std::vector<Sample>*> known;
  for (const Sample& sample : samples) {
    auto& list = known[sample.application];
    if (list == nullptr) list = &batch[sample.application];
    list->push_back(sample);
  }
  for (auto& [application, list] : batch) {
    const auto is_later = [](const Sample& one, const Sample& other) {
      return one.timestamp >= other.timestamp;
    };
    if (std::ranges::adjacent_find(list, is_later) == list.end()) continue;
    std::ranges::sort(list, std::greater(),
                      [](const Sample& sample) { return std::pair(sample.timestamp, sample.id); });
    const auto of_one_second = std::ranges::unique(list, {}, &Sample::timestamp);
    list.erase(of_one_second.begin(), of_one_second.end());
    std::ranges::reverse(list);
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
