#include "judge.h"

#include <algorithm>

#include "processor/incident_run.h"
#include "reconcile.h"
#include "replay.h"

namespace mon::processor {
namespace {

using anomaly_detector::Rule;

/// Late samples further apart than this are judged by stretches of their own.
constexpr std::int64_t kLongestPause = 3600;  // s

/// How many of the first `late` belong to one stretch.
std::size_t StretchLength(std::span<const Sample> late) {
  std::size_t length = 1;
  while (length < late.size() &&
         late[length].timestamp - late[length - 1].timestamp <= kLongestPause) {
    ++length;
  }
  return length;
}

}  // namespace

Result<void> Judge::Samples(std::span<const Rule> rules, const std::string& application,
                            std::span<const Sample> samples) {
  if (samples.empty()) return {};
  const auto all = std::make_shared<const SampleSeries>(application, samples);
  for (const Rule& rule : rules) {
    auto& tracked = book_->StateOf(rule.Name(), application);
    std::size_t late = 0;
    if (tracked.state.newest) {
      const auto first_new =
          std::ranges::upper_bound(samples, *tracked.state.newest, {}, &Sample::timestamp);
      late = static_cast<std::size_t>(first_new - samples.begin());
    }
    if (auto judged = Late(rule, application, tracked, samples.first(late)); !judged) return judged;
    const auto fresh =
        late == 0 ? all : std::make_shared<const SampleSeries>(application, samples.subspan(late));
    if (auto judged = New(rule, tracked, fresh); !judged) return judged;
  }
  return {};
}

Result<void> Judge::New(const Rule& rule, TrackedState& tracked,
                        std::shared_ptr<const SampleSeries> series) {
  if (series->Samples().empty()) return {};
  const std::string& application = series->Application();
  auto evaluations = evaluator_->Evaluate(rule, std::move(series));
  if (!evaluations) return std::unexpected(evaluations.error());
  IncidentRun run(rule.Config(), application, TimingOf(rule.Config(), expected_spacing_),
                  tracked.state, tracked.open);
  evaluations->Feed(run);
  if (tracked.open) book_->Recognize(tracked.open);
  tracked.state = run.State();
  tracked.open = run.Open();
  for (const auto& begun : run.Begun()) {
    const auto alert = book_->Recognize(begun);
    if (alert == begun) book_->Add(begun);
    if (tracked.open == begun) tracked.open = alert;
  }
  tracked.changed = true;
  return {};
}

Result<void> Judge::Late(const Rule& rule, const std::string& application, TrackedState& tracked,
                         std::span<const Sample> samples) {
  late_ += samples.size();
  const auto timing = TimingOf(rule.Config(), expected_spacing_);
  while (!samples.empty()) {
    const auto stretch = samples.first(StretchLength(samples));
    auto replayed =
        Replay(rule, application, timing, tracked.state, stretch, *evaluator_, *history_);
    if (!replayed) return std::unexpected(replayed.error());
    if (auto done = Reconcile(*replayed, tracked, *book_); !done) return done;
    samples = samples.subspan(stretch.size());
  }
  return {};
}

}  // namespace mon::processor
