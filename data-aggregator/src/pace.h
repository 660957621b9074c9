#pragma once

#include <algorithm>
#include <chrono>

namespace mon::data_aggregator {

/// When something is due that may as well be done in each cycle where it costs little, and that
/// takes up too much of them where it costs a lot: a twentieth of the time is for it, but at least
/// every five minutes it is due.
class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr int kShare = 20;
  static constexpr std::chrono::seconds kLongest{300};

  /// At the beginning, too.
  [[nodiscard]] bool Due(Time now) const { return now >= due_; }

  void Done(Time begin, Time end) {
    due_ = begin + std::min<Time::duration>(kShare * (end - begin), kLongest);
  }

 private:
  Time due_ = Time::min();
};

}  // namespace mon::data_aggregator
