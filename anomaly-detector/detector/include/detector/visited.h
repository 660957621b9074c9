#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mon::detector {

/// Where the values of about the last rows lay: at most 8 intervals that hold them all, so that
/// the widest gaps between them, where no value ever lay, are known in fixed memory.
///
/// A value outside all of them begins an interval of its own; where there is no room for it, the
/// two neighbours with the narrowest gap become one. An interval that no value came to for long is
/// forgotten.
class Visited {
 public:
  static constexpr std::size_t kIntervals = 8;

  struct Gap {
    double size = 0;    ///< distance to the nearest value that was seen; 0: no gap
    double lowest = 0;  ///< of all values
    double below = 0;   ///< the gap begins here
    double above = 0;   ///< and ends here
    double highest = 0;
  };

  /// The gap in which `value` lies; none where it is within an interval, or beyond all of them.
  [[nodiscard]] Gap Around(double value) const;

  /// `rows`: how many of them an interval is kept for after its last value.
  void Add(double value, double rows);

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(low_, high_, last_, count_, rows_);
  }

 private:
  [[nodiscard]] std::size_t FirstNotBelow(double value) const;
  void Forget(double rows);
  void Merge();
  void Remove(std::size_t index);

  std::array<double, kIntervals + 1> low_{};  ///< rising; one place more for what is being added
  std::array<double, kIntervals + 1> high_{};
  std::array<std::int64_t, kIntervals + 1> last_{};  ///< row of the last value
  std::size_t count_ = 0;
  std::int64_t rows_ = 0;
};

}  // namespace mon::detector
