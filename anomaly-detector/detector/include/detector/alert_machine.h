#pragma once

namespace mon::detector {

/// Raises once and stays quiet: while strength lasts, and for some hours after, only what is
/// clearly more than what was raised before is raised again.
class AlertMachine {
 public:
  /// `strength`: of this row, 0 or more. `limit`: what is alerted, above 0. `seconds`: since the
  /// row before; `spacing`: usual seconds between rows. True where an alert is raised.
  bool Next(double strength, double limit, double seconds, double spacing);

  /// How strong a row must at least be to be raised now, whatever the limit.
  [[nodiscard]] double Bar() const { return kMore * known_; }

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(known_);
  }

 private:
  static constexpr double kMore = 1.2;

  double known_ = 0;  ///< strength that was raised, or went on after it; fades
};

}  // namespace mon::detector
