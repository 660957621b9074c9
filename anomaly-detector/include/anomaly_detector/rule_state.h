#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "anomaly_detector/rule.h"
#include "common/error.h"

namespace mon::anomaly_detector {

/// The state machine of one rule on one series (application): from the truth of each sample to the
/// moments at which a finding begins and ends. Pure: the caller keeps the state. All times are
/// event times in epoch seconds.
///
///              true, held for `for`                    second false in a row
///   inactive ─────────────────────▶ firing ─────────────────────────────────▶ inactive
///      ▲  └─▶ pending ─▶ …             (or `keep_firing_for` after the first false one)
///      └── false ─┘
///
/// Unknown counts as a sample, but changes nothing: it does not fire, resolve, end a pending run or
/// interrupt a row of false samples. Nothing but samples moves the state: while none come, a firing
/// rule stays firing.

enum class Phase : std::uint8_t { kInactive, kPending, kFiring };

struct Timing {
  std::chrono::seconds for_{0};
  std::optional<std::chrono::seconds> keep_firing_for;
  /// The interval at which samples are expected, until the last 20 tell it themselves.
  std::chrono::milliseconds expected_spacing{10'000};
};

struct RuleState {
  static constexpr std::size_t kSpacings = 20;

  Phase phase = Phase::kInactive;
  std::optional<std::int64_t> newest;       ///< the sample up to which the state has moved
  std::int64_t started_at = 0;              ///< first true sample; 0 while inactive
  std::int64_t fired_at = 0;                ///< 0 unless firing
  std::optional<std::int64_t> first_false;  ///< while firing: the first false since the last true
  std::array<std::int64_t, kSpacings> spacings{};  ///< s between the last samples, oldest first
  std::size_t spacing_count = 0;                   ///< how many of them are filled

  bool operator==(const RuleState&) const = default;
};

/// What one sample did.
enum class Step : std::uint8_t {
  kNone,
  kLate,      ///< not newer than state.newest: nothing was changed
  kPending,   ///< a run of true samples begins (or begins anew after a gap)
  kFired,     ///< state.started_at and state.fired_at are set
  kResolved,  ///< see StepResult::incident
};

/// From the first true sample to the first false one of the recovery.
struct Incident {
  std::int64_t started_at = 0;
  std::int64_t fired_at = 0;
  std::optional<std::int64_t> ended_at;  ///< first false sample of the recovery; none: still open
  std::optional<std::int64_t> resolved_at;  ///< the sample that made the end certain

  bool operator==(const Incident&) const = default;
};

struct StepResult {
  Step step = Step::kNone;
  Incident incident;  ///< with kFired and kResolved
};

/// Moves `state` by one sample.
///
/// `for`: fires at the sample whose time minus the first true one's is >= for, in a run without a
/// false sample and without two neighbouring samples further apart than 2.5 × the usual spacing
/// (the median of the last 20 spacings; before there are 20, timing.expected_spacing). A gap does
/// not end a firing rule.
///
/// `recovery`, of a rule that has one: a firing rule ends by that instead of by a false condition.
/// A sample counts as a false one where the recovery is true and the condition is not, as a true
/// one where the condition is true or the recovery false.
StepResult Advance(RuleState& state, const Timing& timing, std::int64_t timestamp, Truth truth,
                   std::optional<Truth> recovery = std::nullopt);

/// Moves `state` by the first of many samples, as far as `Advance` would change nothing but its
/// newest time and its spacings: it is inactive, and they are not true. `times` are ascending.
/// Returns how many it has moved by.
std::size_t AdvanceQuietly(RuleState& state, std::span<const std::int64_t> times,
                           std::span<const Truth> truths);

/// The usual spacing as `Advance` sees it.
[[nodiscard]] std::chrono::milliseconds UsualSpacing(const RuleState& state, const Timing& timing);

/// The state as one line of JSON with a version, for a database column, and back.
/// Errors: kInvalidData for text that `ToText` of this or an older version cannot have written.
[[nodiscard]] std::string ToText(const RuleState& state);
[[nodiscard]] Result<RuleState> FromText(std::string_view text);

}  // namespace mon::anomaly_detector
