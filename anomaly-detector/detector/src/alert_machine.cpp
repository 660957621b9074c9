#include "detector/alert_machine.h"

#include <algorithm>
#include <cmath>

namespace mon::detector {

double AlertMachine::Memory(double spacing) {
  constexpr double kLeast = 4 * 3600.0;
  constexpr double kLeastRows = 8;
  return std::max(kLeast, kLeastRows * spacing);
}

bool AlertMachine::Next(double strength, double limit, double seconds, double spacing) {
  if (known_ > 0) known_ *= std::exp(-seconds / Memory(spacing));
  const bool raised = strength > limit && strength > Bar();
  if (strength > limit) known_ = std::max(known_, strength);
  return raised;
}

}  // namespace mon::detector
