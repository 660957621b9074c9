#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"
#include "detector/metric_detector.h"

namespace mon::detector {

/// What is known of a metric at its newest value.
struct WatchView {
  bool known = false;  ///< false: a gap, or still learning
  bool odd = false;    ///< within an incident
  Explanation
      explanation;      ///< of the incident: `seen` is now, all else as it was when it was raised
  double strength = 0;  ///< of the incident when it was raised; 1: about once a month
};

/// A metric's detector, and the incident it has raised: from the value that was raised until
/// values are again what was expected then. A level that stays for a day is the usual one from then
/// on: the incident is over as well.
///
/// What is compared with the band is what the finding was about: the value, the mean of the last
/// ones, or that of the last hour.
///
/// Everything that MetricDetector promises of bits, size and cost holds here.
class MetricWatch {
 public:
  explicit MetricWatch(Setting setting = {}) : detector_(setting) {}

  /// As MetricDetector::Next.
  WatchView Next(std::int64_t time, double value);
  /// What Next said last; nothing is known before the first value.
  [[nodiscard]] WatchView View() const;
  /// The value since which it is known, or not, and within an incident, or not, as it is now.
  [[nodiscard]] std::int64_t ChangedAt() const { return changed_at_; }
  /// Usual seconds between values.
  [[nodiscard]] double Spacing() const { return detector_.Spacing(); }

  /// "This was normal", said at that time, epoch seconds: incidents up to this strength, and a
  /// little more, are not raised for some months; one that was under way then is over. Saying the
  /// same again changes nothing.
  void Accept(double strength, std::int64_t said_at);

  [[nodiscard]] std::string Save() const;
  /// Errors: kInvalidData for bytes that Save of this version has not written.
  [[nodiscard]] static Result<MetricWatch> Load(std::string_view state, Setting setting = {});

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(detector_, newest_, changed_at_, known_, odd_, strength_, incident_.reason,
            incident_.seen, incident_.low, incident_.high, incident_.since, incident_.per_month,
            incident_.rate, raised_at_);
  }

 private:
  [[nodiscard]] double Seen() const;

  void Judge(std::int64_t time, double value);

  MetricDetector detector_;
  std::int64_t newest_ = 0;
  std::int64_t changed_at_ = 0;
  bool known_ = false;  ///< of the newest value
  bool odd_ = false;
  double strength_ = 0;
  Explanation incident_;
  std::int64_t raised_at_ = 0;
};

}  // namespace mon::detector
