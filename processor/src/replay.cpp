#include "replay.h"

#include <algorithm>
#include <optional>

#include "processor/incident_run.h"

namespace mon::processor {
namespace {

using anomaly_detector::Phase;
using anomaly_detector::RuleState;
using anomaly_detector::Timing;

/// Enough to know the usual spacing, and to see what the first late sample belongs to.
constexpr std::size_t kSamplesBefore = RuleState::kSpacings + 12;

Result<std::int64_t> StartOf(const std::string& application, const Timing& timing,
                             const Sample& first, SampleHistory& history) {
  auto before = history.ReadBefore(application, first.timestamp, kSamplesBefore);
  if (!before) return std::unexpected(before.error());
  const auto needed = timing.for_ + timing.keep_firing_for.value_or(std::chrono::seconds(0));
  const auto start = first.timestamp - needed.count();
  return before->empty() ? start : std::min(start, before->front().timestamp);
}

/// A state at rest that knows the usual spacing.
RuleState AtRest(const RuleState& like) {
  RuleState state;
  state.spacings = like.spacings;
  state.spacing_count = like.spacing_count;
  return state;
}

}  // namespace

Result<Replayed> Replay(const anomaly_detector::Rule& rule, const std::string& application,
                        const Timing& timing, const RuleState& present,
                        std::span<const Sample> late, Evaluator& evaluator,
                        SampleHistory& history) {
  auto from = StartOf(application, timing, late.front(), history);
  if (!from) return std::unexpected(from.error());
  const auto newest = present.newest.value_or(late.back().timestamp);
  // A run that is under way now may hang on the late samples: follow it to its end.
  const bool whole =
      present.phase != Phase::kInactive && present.started_at <= late.back().timestamp;

  Replayed replayed{rule.Name(), application, {}, {}, {}, true};
  IncidentRun run(rule.Config(), application, timing, AtRest(present), nullptr);
  for (auto next = std::optional(*from); next;) {
    auto stretch = history.Read(application, *next, newest);
    if (!stretch) return std::unexpected(stretch.error());
    auto evaluations = evaluator.Evaluate(rule, application, stretch->samples);
    if (!evaluations) return std::unexpected(evaluations.error());
    next = stretch->more_from;
    for (std::size_t i = 0; i < stretch->samples.size(); ++i) {
      const auto& sample = stretch->samples[i];
      const auto evaluation = evaluations->At(i);
      run.Feed(sample, evaluation);
      if (std::ranges::binary_search(late, sample.timestamp, {}, &Sample::timestamp)) {
        replayed.late.push_back({sample, evaluation});
      }
      if (!whole && run.State().phase == Phase::kInactive &&
          sample.timestamp >= late.back().timestamp) {
        replayed.to_the_newest = sample.timestamp >= newest;
        next.reset();
        break;
      }
    }
  }
  replayed.incidents = run.Begun();
  replayed.state = run.State();
  return replayed;
}

}  // namespace mon::processor
