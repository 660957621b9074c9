#pragma once

#include <algorithm>
#include <cmath>

namespace mon::detector {

/// Above 0.5: where an alert is raised, by how far its strength is above the limit.
inline double RaisedScore(double strength, double limit) {
  return std::max(1 - 0.5 * limit / strength, std::nextafter(0.5, 1.0));
}

/// Below 0.5: everywhere else, by how odd it is. `typical`: the oddness that scores 0.25.
inline double QuietScore(double oddness, double typical = 6) {
  return std::min(0.5 * oddness / (oddness + typical), std::nextafter(0.5, 0.0));
}

}  // namespace mon::detector
