#include "alert_book.h"

#include <algorithm>

namespace mon::processor {

using anomaly_detector::Phase;

Result<void> AlertBook::Load(std::span<const std::string> applications) {
  auto stored = store_->LoadStates(applications);
  if (!stored) return std::unexpected(stored.error());
  for (auto& row : *stored) {
    auto [known, fresh] = states_.try_emplace({row.rule, row.application});
    if (!fresh) continue;
    auto& tracked = known->second;
    tracked.state = row.state;
    if (row.open) tracked.open = Known(std::move(*row.open));
    // Its alert was deleted: begin anew, so that what is still wrong is told again.
    if (!tracked.open && tracked.state.phase == Phase::kFiring) {
      tracked.state.phase = Phase::kInactive;
    }
  }
  return {};
}

void AlertBook::EndAbandoned(const std::function<bool(const std::string& rule)>& is_configured) {
  for (auto& [key, tracked] : states_) {
    if (!tracked.open || is_configured(key.first)) continue;
    const auto newest = tracked.state.newest.value_or(tracked.open->fired_at);
    tracked.open->Resolve(newest, newest);
    tracked.open->NoteLate(newest, "The rule is no longer in the configuration.");
    tracked.open.reset();
    tracked.state.phase = Phase::kInactive;
    tracked.changed = true;
  }
}

TrackedState& AlertBook::StateOf(const std::string& rule, const std::string& application) {
  return states_[{rule, application}];
}

std::shared_ptr<Alert> AlertBook::Known(Alert alert) {
  for (const auto& known : alerts_) {
    if (known->id != 0 && known->id == alert.id) return known;
  }
  alerts_.push_back(std::make_shared<Alert>(std::move(alert)));
  return alerts_.back();
}

Result<void> AlertBook::LoadOverlapping(const Alert& span) {
  auto recorded = store_->LoadOverlapping(span);
  if (!recorded) return std::unexpected(recorded.error());
  for (auto& alert : *recorded) Known(std::move(alert));
  return {};
}

std::vector<std::shared_ptr<Alert>> AlertBook::Overlapping(const Alert& candidate) const {
  std::vector<std::shared_ptr<Alert>> found;
  for (const auto& alert : alerts_) {
    if (alert->rule == candidate.rule && alert->application == candidate.application &&
        alert->Overlaps(candidate)) {
      found.push_back(alert);
    }
  }
  std::ranges::sort(found, {}, [](const auto& alert) { return alert->started_at; });
  return found;
}

void AlertBook::Add(std::shared_ptr<Alert> alert) { alerts_.push_back(std::move(alert)); }

void AlertBook::Settle() {
  std::int64_t id = 0;
  for (const auto& alert : alerts_) {
    --id;
    if (alert->id == 0) alert->id = id;
    alert->changed = alert->resolved_now = false;
    alert->new_events.clear();
  }
  for (auto& [key, tracked] : states_) tracked.changed = false;
}

}  // namespace mon::processor
