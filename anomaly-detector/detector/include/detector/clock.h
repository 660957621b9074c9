#pragma once

#include <cstdint>

namespace mon::detector {

/// What one row means once time, gaps and counters are sorted out.
struct Tick {
  std::int64_t time = 0;    ///< of the row, epoch seconds, bounded
  double value = 0;         ///< NaN: nothing to judge
  double seconds = 0;       ///< since the row before; 0 for the first, and where time stands still
  double spacing = 60;      ///< usual seconds between rows
  bool after_hole = false;  ///< rows are missing before this one: no step to compare
  bool restart = false;     ///< from here on the values mean something else: forget what was learnt
};

/// The first stage: the usual spacing of the rows, holes between them, and counters.
///
/// A metric that never fell in its first 60 values and rose in four of five of them is a counter
/// (bytes sent, requests served): from then on its rate per second is what is judged, and a fall is
/// a restart of what counts, which has no rate. Three falls within about a hundred values say that
/// it was none.
class Clock {
 public:
  /// `time`: epoch seconds, beyond ±1e15 it counts as that; one that is not later than the one
  /// before counts as the same moment.
  /// `value`: anything; NaN and infinities are gaps, beyond ±1e150 it counts as that.
  [[nodiscard]] Tick Next(std::int64_t time, double value);

  /// Usual seconds between rows.
  [[nodiscard]] double Spacing() const { return spacing_ > 0 ? spacing_ : Tick().spacing; }
  [[nodiscard]] bool IsCounter() const { return kind_ == Kind::kCounter; }

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(kind_, rows_, time_, spacing_, spacings_, values_, last_, last_time_, rises_, falls_);
  }

 private:
  enum class Kind : std::uint8_t { kUnsure, kGauge, kCounter };

  void Advance(Tick& tick);
  void Decide(double value, Tick& tick);
  void TakeRate(double value, Tick& tick);

  Kind kind_ = Kind::kUnsure;
  std::int64_t rows_ = 0;
  std::int64_t time_ = 0;      ///< of the newest row
  double spacing_ = 0;         ///< seconds; 0 while unknown
  std::int64_t spacings_ = 0;  ///< how many were seen
  std::int64_t values_ = 0;    ///< that were no gaps
  double last_ = 0;            ///< newest value
  std::int64_t last_time_ = 0;
  std::int64_t rises_ = 0;
  double falls_ = 0;  ///< of a counter they fade
};

}  // namespace mon::detector
