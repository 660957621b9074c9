#pragma once

#include <chrono>
#include <random>
#include <string_view>

namespace mon::data_aggregator {

/// Keeps us from asking a dead source again and again (Nygard, "Release It!", circuit breaker).
///
/// Closed: ask. After kFailuresToOpen failures in a row it opens: do not ask until a pause is over,
/// which doubles with each further failure up to `longest_pause` and is shortened by chance, so
/// that many sources which died together do not come back together. Then it is half-open: one
/// attempt, which closes it or opens it again. Not safe from several threads.
class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;
  static constexpr int kFailuresToOpen = 5;

  struct Pauses {
    std::chrono::milliseconds first{10'000};
    std::chrono::milliseconds longest{60'000};
  };

  [[nodiscard]] bool MayAsk(TimePoint now) const { return now >= closed_until_; }
  void Succeeded();
  void Failed(TimePoint now, const Pauses& pauses, std::mt19937_64& random);

  [[nodiscard]] int FailuresInARow() const { return failures_; }
  [[nodiscard]] TimePoint NextAttempt() const { return closed_until_; }
  /// "closed", "open" or "half-open".
  [[nodiscard]] std::string_view State(TimePoint now) const;

 private:
  int failures_ = 0;
  TimePoint closed_until_{};  // the door is closed to us until then
};

}  // namespace mon::data_aggregator
