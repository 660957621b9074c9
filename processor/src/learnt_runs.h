#pragma once

#include <cstdint>
#include <vector>

#include "learnt.h"

namespace mon::processor {

/// What a detector has said of late, by the time of the value that it said it of.
class LearntRuns {
 public:
  /// What it says of the values from `first` to `last`, which come behind those that are known.
  void Note(std::int64_t first, std::int64_t last, LearntReading reading);

  /// What the newest value by `time` said, where that is not more than `reach` seconds earlier,
  /// else unknown. Known for a day back.
  [[nodiscard]] LearntReading At(std::int64_t time, double reach) const;

  /// Drops what is longer ago than At knows.
  void Forget();
  void Clear() { runs_.clear(); }

 private:
  /// One reading from one value to another one; within an incident of each value by itself.
  struct Run {
    std::int64_t first;
    std::int64_t last;
    LearntReading reading;
  };

  std::vector<Run> runs_;  ///< ascending
};

}  // namespace mon::processor
