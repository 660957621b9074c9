#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mon::anomaly_detector {

/// An item as a rule names it: item("KEY", host="db-1", tag="role=db", window="60s").
struct ItemRef {
  std::string key;   ///< with a * a pattern, of which each matching item of a host counts by itself
  std::string host;  ///< technical name or id; empty: each related host in turn
  std::string tag;   ///< "role=db" or "role", of the item or its host; empty: any
  std::optional<std::chrono::seconds> window;  ///< half-width of the join; none: the configured one
  bool auto_window = false;                    ///< from the item's own cadence

  [[nodiscard]] bool IsPattern() const { return key.contains('*'); }
  bool operator==(const ItemRef&) const = default;
};

/// kHost: all items of the host at hand as one, see detector/host_watch.h.
enum class Source : std::uint8_t { kErrorRate, kResponseTimeMs, kItem, kHost };

/// What is made of the values of a source, all of them by event time. See OverSpan for those with a
/// span, detector/metric_watch.h for kOdd, forecast/time_to_limit.h for kPredict.
enum class Function : std::uint8_t {
  kValue,  ///< of an item: nearest to the sample within the window
  kAverage,
  kMinimum,
  kMaximum,
  kRate,     ///< per second
  kDelta,    ///< last minus first
  kAge,      ///< of an item: seconds from its newest value to the sample; unknown where it has none
  kPredict,  ///< of an item: 1 where it is expected to be at `limit` within `span`, else 0
  kOdd,      ///< 1 within an incident that its detector has raised, else 0; unknown while it learns
};

/// A number that a rule needs besides the metrics of the sample itself, and that whoever evaluates
/// it looks up or computes.
struct Operand {
  Source source = Source::kItem;
  Function function = Function::kValue;
  std::chrono::seconds span{0};  ///< of the functions over a span; of kAge the one it is held to
  double limit = 0;              ///< of kPredict
  ItemRef item;                  ///< of kItem
  bool operator==(const Operand&) const = default;
};

/// The operands of a rule, each named once, in the order of its text.
struct Operands {
  std::vector<Operand> shared;   ///< the same for every host: metrics, and items with host="…"
  std::vector<Operand> of_host;  ///< items of the host at hand, and that host itself
};

}  // namespace mon::anomaly_detector
