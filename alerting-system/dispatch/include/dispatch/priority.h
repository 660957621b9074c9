#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/config.h"

namespace mon::dispatch {

/// What is known of an alert when it is told.
struct PriorityInput {
  Severity severity = Severity::kCritical;
  std::optional<double> value;  ///< the worst so far; unset: the rule has no single value
  std::optional<double> limit;  ///< that it is compared with
  std::chrono::seconds duration{0};
  std::size_t hosts = 0;  ///< that it touches
  // Its history, 30 days back.
  std::size_t incidents = 1;  ///< how often it came, with this time
  std::size_t acknowledged = 0;
  std::size_t silenced = 0;
};

struct PriorityPart {
  std::string what;  ///< "far above the limit"
  int points = 0;    ///< never 0
};

struct Priority {
  int score = 0;  ///< 0 to 100
  std::vector<PriorityPart> parts;

  /// "critical 50, far above the limit 15, 2 hosts 5, often silenced −10"
  [[nodiscard]] std::string Text() const;
};

/// How much an alert matters, among others that are told at the same time: the sum of these parts,
/// held between 0 and 100. g(x, half, most) = most · x / (x + half), rounded: it grows ever slower,
/// to half of `most` at `half`.
///
///   severity       info 10, warning 30, critical 50
///   deviation      + g(|value − limit| / |limit|, 1, 20): twice the limit is 10
///   duration       + g(minutes, 60, 10)
///   hosts          + g(hosts − 1, 1, 10)
///   history        − g(incidents − 1, 10, 10): what comes every day is no news
///                  + g(acknowledged, 2, 10): people take it seriously
///                  − g(silenced, 2, 20): people do not want to hear of it
///
/// So each input moves the score in one direction only. The severity weighs most, but a warning
/// that is far off, lasts and touches many hosts outranks a bare critical. Pure.
[[nodiscard]] Priority PriorityOf(const PriorityInput& input);

/// For the header X-Priority, and the order in the outbox: 1 from 50 on, 2 from 35, 3 from 20, 4
/// from 10, else 5.
[[nodiscard]] int XPriority(int score);

}  // namespace mon::dispatch
