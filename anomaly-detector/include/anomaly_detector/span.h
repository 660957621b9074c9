#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "anomaly_detector/operand.h"

namespace mon::anomaly_detector {

/// A value at a time, epoch seconds. NaN is passed over.
struct Point {
  std::int64_t time = 0;
  double value = 0;
};

/// The function over what lies within the span before each of `at`, both ends inclusive:
///
///     kAverage, kMinimum, kMaximum   of all values; one is enough
///     kDelta                         last value minus first; needs two
///     kRate                          the same by the seconds between them
///     kAge                           `at` minus the time of the newest value; `span` is not asked
///
/// Input:   `points` and `at` ascending; of points of one second each counts, the last is the
///          newest.
/// Output:  out[i] belongs to at[i]; NaN where there is too little. `out` has the size of `at`.
/// Cost:    one pass over both, O(1) a point and time.
/// Errors:  none; no I/O, safe from any thread.
void OverSpan(Function function, std::chrono::seconds span, std::span<const Point> points,
              std::span<const std::int64_t> at, std::span<double> out);

}  // namespace mon::anomaly_detector
