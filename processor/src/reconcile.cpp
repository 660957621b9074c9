#include "reconcile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "common/text.h"

namespace mon::processor {
namespace {

using anomaly_detector::Phase;
using anomaly_detector::Truth;
using Incident = std::shared_ptr<Alert>;

/// What late samples show of one recorded incident: one example of each kind, however many there
/// were.
struct Story {
  std::optional<LateSample> earliest_before;
  std::optional<LateSample> latest_after;
  std::optional<LateSample> peak;
  std::optional<LateSample> first_false;
};

std::string Describe(const LateSample& late) {
  const auto& seen = late.evaluation.deciding;
  const auto value = seen.metric.empty()
                         ? std::string()
                         : fmt::format(" ({} {})", seen.metric,
                                       anomaly_detector::ValueText(seen.metric, seen.value));
  return fmt::format("{} UTC{}", FormatUtc(late.sample.timestamp), value);
}

void Tell(Alert& alert, const Story& story) {
  const auto note = [&](const std::optional<LateSample>& late, std::string_view sentence) {
    if (!late) return;
    alert.NoteLate(late->sample.timestamp, fmt::format(fmt::runtime(sentence), Describe(*late)));
  };
  note(story.earliest_before,
       "A sample that arrived late shows that the condition was true already at {}.");
  note(story.peak, "A sample that arrived late is the worst one: {}.");
  note(story.first_false,
       "A sample that arrived late shows that the condition was not true at {}.");
  note(story.latest_after,
       "A sample that arrived late shows that the condition was true again at {}.");
}

class Reconciler {
 public:
  Reconciler(const Replayed& replayed, TrackedState& tracked, AlertBook& book)
      : replayed_(replayed), tracked_(tracked), book_(book) {}

  Result<void> Run() {
    if (!replayed_.late.empty()) {
      if (auto loaded = book_.LoadOverlapping(Span()); !loaded) return loaded;
    }
    for (const auto& incident : replayed_.incidents) {
      book_.Recognize(!incident->ended_at && tracked_.open ? tracked_.open : incident);
    }
    for (const auto& late : replayed_.late) {
      const auto incident = IncidentAt(late.sample.timestamp);
      if (late.evaluation.truth == Truth::kTrue && incident) True(late, incident);
      if (late.evaluation.truth == Truth::kFalse && !incident) False(late);
    }
    for (const auto& [alert, story] : stories_) Tell(*alert, story);
    if (replayed_.to_the_newest) AdoptState();
    return {};
  }

 private:
  /// A stretch of time, to ask the book with.
  Alert During(std::int64_t from, std::optional<std::int64_t> until) const {
    Alert alert;
    alert.rule = replayed_.rule;
    alert.application = replayed_.application;
    alert.started_at = from;
    alert.ended_at = until;
    return alert;
  }

  /// What the late samples and the replayed incidents cover together.
  Alert Span() const {
    auto span =
        During(replayed_.late.front().sample.timestamp, replayed_.late.back().sample.timestamp + 1);
    if (replayed_.incidents.empty()) return span;
    span.started_at = std::min(span.started_at, replayed_.incidents.front()->started_at);
    const auto& end = replayed_.incidents.back()->ended_at;
    span.ended_at = end ? std::optional(std::max(*span.ended_at, *end)) : std::nullopt;
    return span;
  }

  Incident IncidentAt(std::int64_t timestamp) const {
    for (const auto& incident : replayed_.incidents) {
      if (incident->Covers(timestamp)) return incident;
    }
    return nullptr;
  }

  void True(const LateSample& late, const Incident& incident) {
    const auto recorded = book_.Overlapping(*incident);
    if (recorded.empty()) {
      incident->NoteLate(late.sample.timestamp,
                         "This became known late: its samples arrived after newer ones.");
      book_.Add(incident);
      return;
    }
    if (std::ranges::find(recorded, incident) != recorded.end()) return;  // added just now

    const auto time = late.sample.timestamp;
    const auto covering =
        std::ranges::find_if(recorded, [&](const Incident& a) { return a->Covers(time); });
    const auto& alert = covering != recorded.end() ? *covering : recorded.front();
    auto& story = stories_[alert];
    if (alert->Worsen(late.evaluation)) story.peak = late;
    if (time < alert->started_at && !story.earliest_before) story.earliest_before = late;
    if (alert->ended_at && time >= *alert->ended_at) story.latest_after = late;
  }

  void False(const LateSample& late) {
    const auto time = late.sample.timestamp;
    for (const auto& alert : book_.Overlapping(During(time, time + 1))) {
      auto& story = stories_[alert];
      if (!story.first_false) story.first_false = late;
    }
  }

  void AdoptState() {
    const bool told = tracked_.state.phase == Phase::kFiring;
    if (!told && replayed_.state.phase == Phase::kFiring) {
      OpenIfNew();
    } else if (!told) {
      Adopt(nullptr);
    } else if (replayed_.state.phase == Phase::kFiring) {
      tracked_.state.first_false = replayed_.state.first_false;
      tracked_.changed = true;
    } else {
      EndIfShown();
    }
  }

  /// An incident that is open at the end of the stretch: a new one, or one that was told.
  void OpenIfNew() {
    for (const auto& alert : book_.Overlapping(*replayed_.incidents.back())) {
      if (!alert->ended_at) return Adopt(alert);
    }
  }

  /// With the late samples, the open incident has its end already.
  void EndIfShown() {
    std::optional<std::int64_t> end;
    for (const auto& incident : replayed_.incidents) {
      if (incident->ended_at && incident->Overlaps(*tracked_.open)) end = incident->ended_at;
    }
    if (!end || *end <= tracked_.open->fired_at) return;
    tracked_.open->Resolve(*end, *tracked_.state.newest);
    Adopt(nullptr);
  }

  void Adopt(Incident open) {
    const auto newest = tracked_.state.newest;
    tracked_.state = replayed_.state;
    tracked_.state.newest = newest;  // never back, even where its row has been deleted
    tracked_.open = std::move(open);
    tracked_.changed = true;
  }

  const Replayed& replayed_;
  TrackedState& tracked_;
  AlertBook& book_;
  std::map<Incident, Story> stories_;
};

}  // namespace

Result<void> Reconcile(const Replayed& replayed, TrackedState& tracked, AlertBook& book) {
  return Reconciler(replayed, tracked, book).Run();
}

}  // namespace mon::processor
