#include "offline.h"

#include <algorithm>

namespace mon::data_aggregator {

Offline::Offline(const Config& config)
    : edge(config, SpoolDirectory(config)),
      drops(config, SpoolDirectory(config)),
      away(config, SpoolDirectory(config)) {}

void Offline::Tell(const std::string& error, const Spool& spool, TimePoint now) {
  edge.Tell(!error.empty(), now);
  drops.Look(spool.Totals(), now);
  away.Look(error, now);
}

void Offline::Finish(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  const auto left = [&] {
    const auto time = until - std::chrono::steady_clock::now();
    return std::max(std::chrono::milliseconds(0),
                    std::chrono::duration_cast<std::chrono::milliseconds>(time));
  };
  edge.Finish(left());
  drops.Finish(left());
  away.Finish(left());
}

}  // namespace mon::data_aggregator
