#include "breaker.h"

#include <algorithm>
#include <cstdint>

namespace mon::data_aggregator {

void Breaker::Succeeded() { *this = {}; }

void Breaker::Failed(TimePoint now, const Pauses& pauses, std::mt19937_64& random) {
  ++failures_;
  if (failures_ < kFailuresToOpen) return;
  constexpr int kMostDoublings = 16;
  const int doublings = std::min(failures_ - kFailuresToOpen, kMostDoublings);
  const auto pause = std::min(pauses.first * (1 << doublings), pauses.longest);
  std::uniform_int_distribution<std::int64_t> part(pause.count() / 2, pause.count());
  closed_until_ = now + std::chrono::milliseconds(part(random));
}

std::string_view Breaker::State(TimePoint now) const {
  if (failures_ < kFailuresToOpen) return "closed";
  return MayAsk(now) ? "half-open" : "open";
}

}  // namespace mon::data_aggregator
