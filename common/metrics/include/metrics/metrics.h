#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace mon {

/// Counters and gauges, written by prometheus-cpp in Prometheus's text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Names follow its rules: base
/// units, counters end in `_total` (https://prometheus.io/docs/practices/naming/). A name keeps its
/// kind and its help, one plain line. Safe from any thread.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  void Add(const std::string& name, std::string_view help, const Labels& labels,
           double amount);  ///< counter
  void SetTotal(const std::string& name, std::string_view help, const Labels& labels,
                double total);  ///< a counter that is kept elsewhere
  void Set(const std::string& name, std::string_view help, const Labels& labels,
           double value);  ///< gauge

  /// Drops all values of a name: what they told of is not there any more.
  void Forget(const std::string& name);

  /// Takes over from an earlier `Text` what goes on from run to run: counters, and the gauges that
  /// are moments (`…_timestamp_seconds`). What it does not understand is left out.
  void Restore(std::string_view text);

  [[nodiscard]] std::string Text() const;

 private:
  enum class Kind { kCounter, kGauge };
  struct Family {
    Kind kind;
    std::string help;
    std::map<Labels, double> values;
  };

  double& Value(const std::string& name, std::string_view help, Kind kind, const Labels& labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
};

}  // namespace mon
