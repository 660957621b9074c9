#pragma once

#include <cstdint>

namespace mon::detector {

/// A robust centre and the usual distance from it (mean absolute deviation), in O(1).
///
/// The first `kExact` values are averaged; after that both follow exponentially, and a value counts
/// for no more than `clip` usual distances, so that an anomaly does not drag them along. What lasts
/// is accepted all the same: while values stay outside, the distance grows with each of them, and
/// with it the step, until the new level is the usual one.
class Level {
 public:
  static constexpr std::int64_t kExact = 20;

  struct Pace {
    double center;  ///< weight of a new value in the centre, once 1 / count is below it
    double spread;  ///< the same for the usual distance
    double clip;    ///< usual distances
  };

  /// `floor`: the least that counts as a usual distance, in the unit of the values.
  void Add(double value, double floor, const Pace& pace);

  /// How far `value` is from the centre, in usual distances. 0 before the first value.
  [[nodiscard]] double Distance(double value, double floor) const;

  [[nodiscard]] double Center() const { return center_; }
  [[nodiscard]] double Spread() const { return spread_; }
  [[nodiscard]] std::int64_t Count() const { return count_; }

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(count_, center_, spread_);
  }

 private:
  std::int64_t count_ = 0;
  double center_ = 0;
  double spread_ = 0;
};

/// Mean and standard deviation of the long run, as the unit that floors are given in. Not robust:
/// what happened at all is within it.
class LongRun {
 public:
  void Add(double value);

  [[nodiscard]] double Deviation() const;
  /// Below this nothing is a difference: a ten-thousandth of the usual size of the values. It keeps
  /// metrics that hardly ever move from alerting on their last digits.
  [[nodiscard]] double Floor() const;
  [[nodiscard]] std::int64_t Count() const { return count_; }

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(count_, mean_, variance_);
  }

 private:
  std::int64_t count_ = 0;
  double mean_ = 0;
  double variance_ = 0;
};

}  // namespace mon::detector
