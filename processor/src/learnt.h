#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/error.h"

namespace mon::processor {

/// What odd(…) or predict(…) is at a time.
struct LearntReading {
  anomaly_detector::Truth truth = anomaly_detector::Truth::kUnknown;
  std::shared_ptr<const anomaly_detector::Oddity> why;  ///< where it is true
};

/// What a detector has learnt, or a prediction, as a database keeps it.
struct StoredDetector {
  std::string series;       ///< "error_rate of shop", "item 44519", "item 44519 to 100"
  std::int64_t newest = 0;  ///< epoch seconds of the value up to which it has learnt
  std::string state;        ///< see detector::MetricWatch::Save; of a prediction JSON
};

/// What people have said was normal.
struct AcceptedOddity {
  std::string series;
  double strength = 0;       ///< see detector::MetricWatch::Accept
  std::int64_t said_at = 0;  ///< epoch seconds, the server's
  bool operator==(const AcceptedOddity&) const = default;
};

/// Where detectors are kept between passes.
struct DetectorStore {
  virtual ~DetectorStore() = default;
  /// Those of `series` that it has, in any order.
  [[nodiscard]] virtual Result<std::vector<StoredDetector>> Load(
      std::span<const std::string> series) = 0;
  /// What people have said was normal and not every detector has learnt yet.
  [[nodiscard]] virtual Result<std::vector<AcceptedOddity>> LoadAccepted() = 0;
};

/// What a detector that is new, or far behind, is given of the past at most: seconds.
inline constexpr std::int64_t kPastOfDetector = 14 * 86'400;
/// What one that is followed lags behind at most: an hour or two.
inline constexpr std::int64_t kMostLagOfFollowed = 3 * 3600;  // s

/// What nobody has asked about for so long, by the times that were asked about, need not stay in
/// memory: seconds.
inline constexpr std::int64_t kForgottenAfter = 86'400;

/// How long after it was saved a detector is saved again, seconds: an hour or two, by its name, so
/// that not all of them are in one pass.
[[nodiscard]] std::int64_t SaveAfter(const std::string& series);

/// With no more digits than a person compares by.
[[nodiscard]] double FourDigits(double value);

}  // namespace mon::processor
