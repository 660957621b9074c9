#include "detector/alert_machine.h"

#include <algorithm>
#include <cmath>

namespace mon::detector {

bool AlertMachine::Next(double strength, double limit, double seconds, double spacing) {
  constexpr double kMemory = 4 * 3600.0;  // seconds until a third is left
  constexpr double kMemoryRows = 8;
  if (known_ > 0) known_ *= std::exp(-seconds / std::max(kMemory, kMemoryRows * spacing));
  const bool raised = strength > limit && strength > Bar();
  if (strength > limit) known_ = std::max(known_, strength);
  return raised;
}

}  // namespace mon::detector
