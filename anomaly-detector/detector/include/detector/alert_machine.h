#pragma once

namespace mon::detector {

/// Raises once and stays quiet: while strength lasts, and for some hours after, only what is
/// clearly more than what was raised before is raised again.
class AlertMachine {
 public:
  /// So many times what was raised is clearly more.
  static constexpr double kMore = 1.2;

  /// `strength`: of this row, 0 or more. `limit`: what is alerted, above 0. `seconds`: since the
  /// row before; `spacing`: usual seconds between rows. True where an alert is raised.
  bool Next(double strength, double limit, double seconds, double spacing);

  /// Seconds until a third is left of what was raised.
  [[nodiscard]] static double Memory(double spacing);

  /// How strong a row must at least be to be raised now, whatever the limit.
  [[nodiscard]] double Bar() const { return kMore * known_; }

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(known_);
  }

 private:
  double known_ = 0;  ///< strength that was raised, or went on after it; fades
};

}  // namespace mon::detector
