#include "anomaly_detector/rule_state.h"

#include <algorithm>
#include <limits>

namespace mon::anomaly_detector {
namespace {

/// From `earlier` to `later`, which may be any two int64, in order.
std::uint64_t SecondsBetween(std::int64_t earlier, std::int64_t later) {
  return static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier);
}

bool Reached(std::int64_t since, std::int64_t now, std::chrono::seconds duration) {
  return SecondsBetween(since, now) >=
         static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
}

void RememberSpacing(RuleState& state, std::uint64_t seconds) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (state.spacing_count == RuleState::kSpacings) {
    std::ranges::rotate(state.spacings, state.spacings.begin() + 1);
    --state.spacing_count;
  }
  state.spacings[state.spacing_count++] = static_cast<std::int64_t>(std::min(seconds, kMost));
}

bool IsGap(const RuleState& state, const Timing& timing, std::uint64_t seconds) {
  constexpr double kTolerance = 2.5;
  const auto usual = std::chrono::duration<double>(UsualSpacing(state, timing));
  return static_cast<double>(seconds) > kTolerance * usual.count();
}

void Calm(RuleState& state) {
  state.phase = Phase::kInactive;
  state.started_at = 0;
  state.fired_at = 0;
  state.first_false.reset();
}

StepResult FireWhenHeld(RuleState& state, const Timing& timing, std::int64_t timestamp,
                        Step otherwise) {
  if (!Reached(state.started_at, timestamp, timing.for_))
    return {.step = otherwise, .incident = {}};
  state.phase = Phase::kFiring;
  state.fired_at = timestamp;
  state.first_false.reset();
  return {.step = Step::kFired,
          .incident = {.started_at = state.started_at,
                       .fired_at = timestamp,
                       .ended_at = {},
                       .resolved_at = {}}};
}

/// What counts as the condition of a firing rule that has a recovery.
Truth WhileFiring(Truth condition, Truth recovery) {
  if (condition == Truth::kTrue || recovery == Truth::kFalse) return Truth::kTrue;
  return recovery == Truth::kTrue ? Truth::kFalse : Truth::kUnknown;
}

StepResult OnTrue(RuleState& state, const Timing& timing, std::int64_t timestamp) {
  switch (state.phase) {
    case Phase::kInactive:
      state.phase = Phase::kPending;
      state.started_at = timestamp;
      return FireWhenHeld(state, timing, timestamp, Step::kPending);
    case Phase::kPending:
      return FireWhenHeld(state, timing, timestamp, Step::kNone);
    case Phase::kFiring:
      state.first_false.reset();
      break;
  }
  return {};
}

StepResult OnFalse(RuleState& state, const Timing& timing, std::int64_t timestamp) {
  if (state.phase != Phase::kFiring) {
    Calm(state);
    return {};
  }
  const bool second = state.first_false.has_value();
  if (!second) state.first_false = timestamp;
  const bool over = timing.keep_firing_for
                        ? Reached(*state.first_false, timestamp, *timing.keep_firing_for)
                        : second;
  if (!over) return {};
  const StepResult resolved{.step = Step::kResolved,
                            .incident = {.started_at = state.started_at,
                                         .fired_at = state.fired_at,
                                         .ended_at = state.first_false,
                                         .resolved_at = timestamp}};
  Calm(state);
  return resolved;
}

}  // namespace

std::chrono::milliseconds UsualSpacing(const RuleState& state, const Timing& timing) {
  if (state.spacing_count < RuleState::kSpacings) return timing.expected_spacing;
  std::array<std::int64_t, RuleState::kSpacings> sorted = state.spacings;
  std::ranges::sort(sorted);
  constexpr std::size_t kUpper = RuleState::kSpacings / 2;
  const double median =
      (static_cast<double>(sorted[kUpper - 1]) + static_cast<double>(sorted[kUpper])) / 2;
  // A series of a few samples thousands of years apart has no spacing worth more than this.
  constexpr double kMostSeconds = 1e12;
  return std::chrono::round<std::chrono::milliseconds>(
      std::chrono::duration<double>(std::min(median, kMostSeconds)));
}

StepResult Advance(RuleState& state, const Timing& timing, std::int64_t timestamp, Truth truth,
                   std::optional<Truth> recovery) {
  if (state.newest && timestamp <= *state.newest) return {.step = Step::kLate, .incident = {}};
  if (state.newest) {
    const std::uint64_t spacing = SecondsBetween(*state.newest, timestamp);
    if (state.phase == Phase::kPending && IsGap(state, timing, spacing)) Calm(state);
    RememberSpacing(state, spacing);
  }
  state.newest = timestamp;
  if (recovery && state.phase == Phase::kFiring) truth = WhileFiring(truth, *recovery);
  if (truth == Truth::kTrue) return OnTrue(state, timing, timestamp);
  if (truth == Truth::kFalse) return OnFalse(state, timing, timestamp);
  return {};
}

std::size_t AdvanceQuietly(RuleState& state, std::span<const std::int64_t> times,
                           std::span<const Truth> truths) {
  if (state.phase != Phase::kInactive || times.empty()) return 0;
  if (state.newest && times.front() <= *state.newest) return 0;
  const auto quiet = std::ranges::find(truths, Truth::kTrue) - truths.begin();
  times = times.first(static_cast<std::size_t>(quiet));
  if (times.empty()) return 0;
  // Only the last spacings are remembered.
  std::size_t at = times.size() > RuleState::kSpacings ? times.size() - RuleState::kSpacings : 0;
  if (at > 0) state.newest = times[at - 1];
  for (; at < times.size(); ++at) {
    if (state.newest) RememberSpacing(state, SecondsBetween(*state.newest, times[at]));
    state.newest = times[at];
  }
  return times.size();
}

}  // namespace mon::anomaly_detector
