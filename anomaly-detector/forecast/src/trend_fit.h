#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "least_squares.h"

namespace mon::forecast {

/// What is learnt of values is learnt of means of an hour, or of the values themselves where they
/// are rarer.
inline constexpr std::size_t kBlocksPerDay = 24;

enum class Shape { kStraight, kBent, kKinked };

/// A trend. `kink` in days, for kKinked.
struct Trend {
  Shape shape = Shape::kStraight;
  double kink = 0;

  /// How many more numbers it takes than a straight line does.
  [[nodiscard]] double Cost() const {
    return shape == Shape::kStraight ? 0 : shape == Shape::kBent ? 1 : 2;
  }
};

/// What a value is explained by: level, trend, rhythms, what was cleaned up.
using Row = std::vector<double>;

/// Makes rows. `days`: of all values; `cleanups`: there are any.
class Columns {
 public:
  Columns(double days, bool cleanups) : days_(days), cleanups_(cleanups) {}

  /// At `day` from the first value, `taken` by clean-ups until then. Straight, see Bend.
  void Fill(Row& row, double day, double taken) const;
  /// Makes the row of `day` one of `trend`.
  void Bend(Row& row, double day, const Trend& trend) const;

 private:
  double days_;
  bool cleanups_;
};

/// See kBlocksPerDay.
struct Blocks {
  std::vector<double> days;  ///< the middle of each, from the first value
  std::vector<double> values;
  std::vector<Row> rows;
};

/// `taken`: by clean-ups until each value.
[[nodiscard]] Blocks MakeBlocks(std::span<const double> values, std::span<const double> taken,
                                const Columns& columns, std::size_t steps_per_day);

struct Fit {
  Trend trend;
  Solution solution;
  std::vector<double> residuals;
  double criterion = 0;  ///< BIC; less is better
};

/// The trend that explains most. A kink lies a seventh of the time from the start and half a day
/// from the end at least, or a slope would be read from what is too short to have one. Needs one
/// block, and leaves their rows bent as the last trend that was tried.
[[nodiscard]] Fit BestFit(Blocks& blocks, const Columns& columns, double days);

}  // namespace mon::forecast
