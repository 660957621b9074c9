#pragma once

#include "detectors.h"
#include "recent_samples.h"
#include "setup.h"

namespace mon::processor {

/// What a daemon remembers from pass to pass, so as not to read it again. It is right as long as
/// nobody else judges these applications, and each of its own passes goes through.
struct Memory {
  explicit Memory(const Setup& setup)
      : detectors(setup.DetectorSetting()), recent(setup.LongestMetricSpan()) {}

  void Clear() {
    detectors.Clear();
    recent.Clear();
  }

  Detectors detectors;
  RecentSamples recent;
};

}  // namespace mon::processor
