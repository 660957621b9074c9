#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anomaly_detector/operand.h"
#include "common/config.h"
#include "common/error.h"

namespace mon::anomaly_detector {

/// Three-valued: a comparison with an item that has no value at the sample is unknown. `and`, `or`
/// and `not` follow Kleene: `false and unknown` is false, `true or unknown` is true.
enum class Truth : std::uint8_t { kFalse, kTrue, kUnknown };

/// What an item did when its host was found odd.
struct OddPart {
  std::string key;   ///< of the item
  double share = 0;  ///< 0 to 1
  double low = 0;    ///< what is usual
  double high = 0;
  double seen = 0;
  bool operator==(const OddPart&) const = default;
};

/// Why odd(…) or predict(…) is true. Of an incident that a detector has raised all but `seen` is as
/// it was then. Of a prediction `low` and `high` are the limit, and `since` is when it was made. Of
/// a host `seen` is how far its items are from their usual on average, and `high` the limit of
/// that.
struct Oddity {
  std::string series;      ///< whose detector: "error_rate of shop", "item 44519",
                           ///< "host 10105"; else empty
  double seen = 0;         ///< now
  double low = 0;          ///< what was expected
  double high = 0;         ///<
  std::int64_t since = 0;  ///< epoch seconds: first value of those that were outside
  double strength = 0;     ///< 1: about once a month
  std::string sentence;    ///< "unusual, expected 40 to 55, saw 91, about once in four months"
  std::vector<OddPart> parts = {};  ///< of a host: its items, the largest shares first
  bool operator==(const Oddity&) const = default;
};

/// What one operand of a rule is at the sample.
struct Reading {
  enum class State : std::uint8_t {
    kNoItem,   ///< the host has no such item: the rule is not evaluated for this host
    kNoValue,  ///< nothing within the window or span, or no number: unknown
    kValue,
  };
  State state = State::kNoItem;
  double value = 0;                ///< NaN counts as kNoValue
  const Oddity* oddity = nullptr;  ///< of odd(…) and predict(…) where that is true
};

/// What the application itself reported. A comparison with a value it did not report (NULL) is
/// unknown.
struct Metrics {
  std::optional<std::int64_t> response_time_ms;  ///< ms
  std::optional<float> error_rate;               ///< 0 to 1; compared as a FLOAT
  /// One per Operands::shared, in their order; without any, all of them are unknown. Must outlive
  /// the call.
  std::span<const Reading> shared = {};
};

/// The readings of one related host; where the rule names a key pattern, of one of the items of the
/// host that it matches. All views must outlive the call they are passed to.
struct HostReadings {
  std::string_view host;              ///< name, as findings quote it
  std::span<const Reading> readings;  ///< one per Operands::of_host, in their order
  std::string_view key = {};          ///< that the pattern stands for; empty without a pattern
};

/// One number of each of many samples; NaN is unknown.
using Column = std::span<const double>;

/// The metrics of many samples, all columns of one length. They must outlive the call they are
/// passed to.
struct MetricColumns {
  Column response_time_ms;
  Column error_rate;
  /// One per Operands::shared, in their order; without any, all of them are unknown.
  std::span<const Column> shared = {};
};

/// Operator of a comparison that predict(…) has made: the metric is on its way to the limit.
inline constexpr std::string_view kPredicted = "→";

/// A comparison of the rule and what it saw: `error_rate 0.62 > 0.5`.
struct Comparison {
  /// "error_rate", "response_time_ms", "item(\"system.cpu.load\")", else the text of the left side:
  /// "avg(error_rate, 5m) * 100"
  std::string metric;
  std::string op;    ///< ">", ">=", "<", "<=", "==", "!=", kPredicted
  double value = 0;  ///< an error_rate is the exact double of its float
  double limit = 0;
  std::string host;  ///< of an item; empty for a metric of the application
  /// Of odd(…): `metric` is what it asks about, `value` what was seen, and `limit` the side of the
  /// expected band that it is beyond. Of predict(…) `value` is the newest one.
  std::optional<Oddity> oddity = {};
};

struct Verdict {
  Truth truth = Truth::kUnknown;
  /// Indices, ascending, of the hosts it is true for and whose items had a part in that: where
  /// `error_rate > 0.5 or item("x") > 4` is true by its error rate alone, no host is to blame.
  std::vector<std::size_t> hosts;
  /// The same of hosts that the rule names, as it names them.
  std::vector<std::string_view> named_hosts;
};

/// A rule's expressions, parsed and ready to be evaluated.
///
/// Grammar (blanks are free; keywords in lower case; strings in " or ' with \ before a quote):
///
///     expression = and { "or" and }
///     and        = not { "and" not }
///     not        = "not" not | comparison
///     comparison = sum [ ( ">" | ">=" | "<" | "<=" | "==" | "!=" ) sum ]
///     sum        = product { ( "+" | "-" ) product }
///     product    = operand { ( "*" | "/" ) operand }
///     operand    = NUMBER | source | ( "-" | "+" ) operand | "(" expression ")"
///                | ( "avg" | "min" | "max" | "rate" | "delta" ) "(" source "," SPAN ")"
///                | "nodata" "(" item "," SPAN ")"
///                | "odd" "(" ( source | "host" ) ")"
///                | "predict" "(" item "," [ "-" ] NUMBER "," SPAN ")"
///     source     = "error_rate" | "response_time_ms" | item
///     item       = "item" "(" STRING { "," ( "host" | "tag" | "window" ) "=" STRING } ")"
///
/// `nodata(…)`, `odd(…)` and `predict(…)` are conditions: the newest value of the item is older
/// than the span; the detector of the source, or of all items of the host as one, has raised an
/// incident that is not over; the item is expected to be at the number within the span.
///
/// A comparison in which error_rate has a part is made at FLOAT precision, both sides rounded to a
/// float. A division by zero, and a result that a double cannot hold, is unknown.
///
/// A rule that names items is evaluated once per host that has all of its keys and is true if it is
/// for any of them, else unknown if it is for any. Where no host has them it is evaluated once with
/// every item unknown, so that `error_rate > 0.5 or item("x") > 4` still sees the error rate. An
/// item with host="…" is the same for each of them.
///
/// Immutable after parsing; cheap to copy; safe from any thread.
class Rule {
 public:
  /// Errors: kConfig with the rule's name, the column (1 is the first byte of the expression), what
  /// was found and what was expected; the loading of the configuration puts file and line before
  /// it. Checks the recovery, and the placeholders of summary and description, too.
  [[nodiscard]] static Result<Rule> Parse(const RuleConfig& config);

  [[nodiscard]] const RuleConfig& Config() const;
  [[nodiscard]] const std::string& Name() const { return Config().name; }
  /// What the condition and the recovery need besides the metrics of the sample.
  [[nodiscard]] const Operands& NeededOperands() const;
  /// True where it asks for items of hosts, or for the hosts themselves.
  [[nodiscard]] bool UsesItems() const;
  /// The distinct keys in the order in which the rule names them.
  [[nodiscard]] const std::vector<std::string>& ItemKeys() const;
  /// True where it asks a detector, or for a prediction.
  [[nodiscard]] bool UsesDetectors() const;
  /// The longest span over metrics of the application; 0: the sample itself is enough.
  [[nodiscard]] std::chrono::seconds MetricSpan() const;

  /// `hosts` may be empty and is not looked at by a rule without items.
  [[nodiscard]] Verdict Evaluate(const Metrics& metrics, std::span<const HostReadings> hosts) const;
  /// The truth alone, without allocation: for long series.
  [[nodiscard]] Truth EvaluateTruth(const Metrics& metrics,
                                    std::span<const HostReadings> hosts) const;

  /// What EvaluateTruth says of each of many samples, in a fraction of the time. `hosts`: as there,
  /// of each one column per Operands::of_host, in their order; an empty one where the host has no
  /// such item. `out` has the length of the columns.
  void EvaluateTruths(const MetricColumns& metrics, std::span<const std::vector<Column>> hosts,
                      std::span<Truth> out) const;

  /// Of a rule with a `recovery`: true where it is for every host that has the rule's keys; nothing
  /// for a rule without one.
  [[nodiscard]] std::optional<Truth> EvaluateRecovery(const Metrics& metrics,
                                                      std::span<const HostReadings> hosts) const;

  /// What EvaluateRecovery says of each of many samples; false, and `out` as it was, for a rule
  /// without one.
  bool EvaluateRecoveries(const MetricColumns& metrics, std::span<const std::vector<Column>> hosts,
                          std::span<Truth> out) const;

  /// The comparison that made the rule true: the first in the text that has a part in it, for the
  /// first host of the verdict; of several odd items, for the oddest. Where the rule is not true:
  /// its first comparison that is known, for the first host that has its keys; with an empty metric
  /// where none is.
  [[nodiscard]] Comparison Deciding(const Metrics& metrics,
                                    std::span<const HostReadings> hosts) const;

 private:
  struct Compiled;
  explicit Rule(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

/// For LoadOptions::check_rule: `Rule::Parse` without the rule.
[[nodiscard]] Result<void> CheckRule(const RuleConfig& config);

}  // namespace mon::anomaly_detector
