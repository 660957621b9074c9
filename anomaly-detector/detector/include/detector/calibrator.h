#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mon::detector {

/// From strengths to how often they come, and back: an operator asks for so many false alerts a
/// month, and the metric's own history says what limit that is.
///
/// Strengths are scaled so that 1 is passed about once a month by a metric in which nothing is
/// wrong (measured: bench/detection.md). That is the limit of one alert a month, for every metric
/// from its first day. For more of them the limit is the strength that this metric's own peaks have
/// passed as often as asked for, with the usual tail as what is believed before there are peaks;
/// for fewer that tail alone decides, for nobody waits years for a count.
///
/// Not a limit on true alerts: a metric that breaks every day may say so every day.
class Calibrator {
 public:
  /// `metrics`: how many the strengths are of together. All rates are for each of them.
  explicit Calibrator(double metrics = 1) : metrics_(metrics) {}

  /// A row's `strength`, and `seconds` since the row before.
  void Observe(double strength, double seconds, double spacing);

  /// The strength above which about `alerts_per_month` (above 0) peaks lie.
  [[nodiscard]] double Limit(double alerts_per_month) const;

  /// Peaks of at least this strength a month, as far as known.
  [[nodiscard]] double PerMonth(double strength) const;

  /// `strength` was normal: nothing up to a little more than it is alerted on for some months.
  void Accept(double strength);

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(peaks_, months_, recent_, accepted_);
  }

  static constexpr double kMonth = 30 * 86'400.0;  ///< seconds

 private:
  static constexpr std::size_t kLevels = 40;

  [[nodiscard]] double Rate(double peaks, double strength) const;
  void Fade();

  double metrics_;
  std::array<double, kLevels> peaks_{};  ///< by strength, four levels to a doubling
  double months_ = 0;                    ///< seen, of the metrics together
  double recent_ = 0;                    ///< highest strength of late; fades
  double accepted_ = 0;
};

}  // namespace mon::detector
