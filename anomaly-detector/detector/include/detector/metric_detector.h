#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"
#include "detector/alert_machine.h"
#include "detector/calibrator.h"
#include "detector/clock.h"
#include "detector/scorers.h"

namespace mon::detector {

/// The one knob. Changing it needs no new learning.
struct Setting {
  double alerts_per_month = 1;  ///< false ones, of one metric; above 0
};

struct Judgement {
  /// 0 to 1. Above 0.5 an alert is raised at this value; what goes on after that is below, the
  /// higher the odder. 0 while learning and for a gap.
  double score = 0;
  bool learning = false;
  bool raised = false;
  bool gap = false;  ///< nothing to judge
};

/// Why the newest value was judged so.
struct Explanation {
  Reason reason = Reason::kNone;  ///< kNone: nothing about it is odd
  double seen = 0;
  double low = 0;  ///< of the expected band: up to what is alerted, or comes once a month
  double high = 0;
  std::int64_t since = 0;  ///< epoch seconds: first value in a row that was outside
  double per_month = 0;    ///< how often something as odd is to be expected
  bool rate = false;       ///< the numbers are of a counter, per second
};

/// "expected 40 to 55 at this time of the day, saw 91, about once in four months". Empty for kNone.
[[nodiscard]] std::string Sentence(const Explanation& explanation);

/// Learns one metric and says what is odd about it, value by value.
///
///     MetricDetector detector(Setting{});
///     if (detector.Next(time, value).raised) Tell(Sentence(detector.Why()));
///
/// Stages: clock (spacing, holes, counters) → scorers (forecast and range at several scales) →
/// calibrator (how strong is once a month) → alert machine (once, then quiet).
///
/// Fixed size, O(1) a value, no clock and no randomness: the same values give the same bits,
/// whether one by one, in a batch, or over a Save and a Load in between. Copyable; not
/// synchronised.
class MetricDetector {
 public:
  explicit MetricDetector(Setting setting = {}) : setting_(setting) {}

  /// `time`: epoch seconds, not before the one before. `value`: NaN for a gap.
  Judgement Next(std::int64_t time, double value);

  [[nodiscard]] const Explanation& Why() const { return why_; }
  /// Of the newest value, for the view of several metrics together; zeros after a gap.
  [[nodiscard]] const Scorers::Reading& Reading() const { return reading_; }

  /// Usual seconds between values; 60 before there are two.
  [[nodiscard]] double Spacing() const { return clock_.Spacing(); }
  /// How odd the newest value is: 1 is about once a month. 0 while learning and for a gap.
  [[nodiscard]] double Strength() const { return strength_; }

  /// "This was normal": what is as odd as that, and a little more, is not alerted on for some
  /// months.
  void Accept(double strength);

  /// What was learnt, about 10 KB, without the setting.
  [[nodiscard]] std::string Save() const;
  /// Errors: kInvalidData for bytes that Save of this version has not written.
  [[nodiscard]] static Result<MetricDetector> Load(std::string_view state, Setting setting = {});

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(clock_, scorers_, calibrator_, machine_, strength_, outside_since_);
  }

 private:
  void Explain(std::int64_t time, double limit);

  Setting setting_;
  Clock clock_;
  Scorers scorers_;
  Calibrator calibrator_;
  AlertMachine machine_;
  double strength_ = 0;             ///< of the newest value
  std::int64_t outside_since_ = 0;  ///< 0: the newest value is as expected
  Scorers::Reading reading_;
  Explanation why_;
};

}  // namespace mon::detector
