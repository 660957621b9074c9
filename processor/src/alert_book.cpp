#include "alert_book.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>

namespace mon::processor {

using anomaly_detector::Phase;

namespace {

/// Kept from page to page, about 400 bytes each.
constexpr std::size_t kMostStates = 100'000;
/// With their evidence, some kilobytes each.
constexpr std::size_t kMostAlerts = 1'000;

constexpr auto kForEver = std::numeric_limits<std::int64_t>::max();

/// An incident that was over before the other one fired is another one.
bool MayBe(const Alert& told, const Alert& seen) {
  return told.Overlaps(seen) && (!seen.ended_at || *seen.ended_at > told.fired_at);
}

void MarkJudged(Alert& told) { told.judged = told.changed = true; }

/// Several incidents may be of one that was told with its end; EndTold marks that one.
void TakeOver(Alert& told, const Alert& seen) {
  if (!told.ended_at) MarkJudged(told);
  if (seen.peak) {
    Evaluation worst{anomaly_detector::Truth::kTrue, seen.deciding, {}};
    worst.deciding.value = *seen.peak;
    told.Worsen(worst);
  }
  if (!seen.ended_at) return;
  const auto resolved = std::ranges::find(seen.new_events, "resolved", &AlertEvent::kind);
  told.Resolve(*seen.ended_at,
               resolved != seen.new_events.end() ? resolved->event_time : *seen.ended_at);
}

}  // namespace

Result<void> AlertBook::Load(std::span<const std::string> applications) {
  if (applications.empty()) return {};
  std::vector<std::string> unknown;
  for (const auto& application : applications)
    if (loaded_.insert(application).second) unknown.push_back(application);
  auto stored = store_->LoadStates(unknown);
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
  auto told = store_->LoadTold();
  if (!told) return std::unexpected(told.error());
  for (auto& alert : *told) Known(std::move(alert));
  return {};
}

void AlertBook::EndAbandoned(const std::function<bool(const std::string& rule)>& is_configured) {
  const auto end = [](Alert& alert, std::int64_t newest) {
    alert.Resolve(newest, newest);
    alert.NoteLate(newest, "The rule is no longer in the configuration.");
  };
  for (auto& [key, tracked] : states_) {
    if (!tracked.open || is_configured(key.first)) continue;
    end(*tracked.open, tracked.state.newest.value_or(tracked.open->fired_at));
    tracked.open.reset();
    tracked.state.phase = Phase::kInactive;
    tracked.changed = true;
  }
  for (const auto& alert : alerts_) {
    if (alert->judged || is_configured(alert->rule)) continue;
    if (!alert->ended_at) end(*alert, alert->fired_at);
    MarkJudged(*alert);
  }
}

TrackedState& AlertBook::StateOf(const std::string& rule, const std::string& application) {
  return states_[{rule, application}];
}

std::shared_ptr<Alert> AlertBook::Known(Alert alert) {
  for (const auto& known : Like(alert)) {
    if (known->id != 0 && known->id == alert.id) return known;
  }
  Add(std::make_shared<Alert>(std::move(alert)));
  return alerts_.back();
}

std::span<const std::shared_ptr<Alert>> AlertBook::Like(const Alert& alert) const {
  const auto found = alike_.find({alert.rule, alert.application});
  if (found == alike_.end()) return {};
  return found->second;
}

Result<void> AlertBook::LoadOverlapping(const Alert& span) {
  auto recorded = store_->LoadOverlapping(span);
  if (!recorded) return std::unexpected(recorded.error());
  for (auto& alert : *recorded) Known(std::move(alert));
  return {};
}

std::vector<std::shared_ptr<Alert>> AlertBook::Overlapping(const Alert& candidate) const {
  std::vector<std::shared_ptr<Alert>> found;
  for (const auto& alert : Like(candidate)) {
    if (alert->Overlaps(candidate)) found.push_back(alert);
  }
  std::ranges::sort(found, {}, [](const auto& alert) { return alert->started_at; });
  return found;
}

Result<std::vector<Alert>> AlertBook::Around(std::span<const std::string> applications,
                                             std::int64_t from, std::int64_t to) const {
  auto around = store_->LoadAround(applications, from, to);
  if (!around) return around;
  const std::set<std::string_view> among(applications.begin(), applications.end());
  for (const auto& alert : alerts_) {
    // What is recorded is there, but this page may know its end.
    std::erase_if(*around, [&](const Alert& one) { return one.id != 0 && one.id == alert->id; });
    const bool lasts = alert->started_at <= to && alert->ended_at.value_or(kForEver) > from;
    if (lasts && among.contains(alert->application)) around->push_back(*alert);
  }
  std::ranges::stable_sort(*around, {}, &Alert::started_at);
  return around;
}

void AlertBook::Add(std::shared_ptr<Alert> alert) {
  alike_[{alert->rule, alert->application}].push_back(alert);
  alerts_.push_back(std::move(alert));
}

std::shared_ptr<Alert> AlertBook::Recognize(const std::shared_ptr<Alert>& seen) {
  const auto alike = Like(*seen);
  auto stands = std::ranges::find(alike, seen) != alike.end() ? seen : nullptr;
  for (const auto& told : alike) {
    if (told->judged || told == seen || !MayBe(*told, *seen)) continue;
    const bool is_open = !seen->ended_at && !told->ended_at;
    // Told twice: the other one ends with the one that stands.
    if (is_open && stands && !stands->ended_at) continue;
    TakeOver(*told, *seen);
    if (is_open || !stands) stands = told;
  }
  return stands ? stands : seen;
}

void AlertBook::EndTold(std::span<const std::string> applications) {
  const std::set<std::string_view> among(applications.begin(), applications.end());
  for (const auto& told : alerts_) {
    if (told->judged || !among.contains(told->application)) continue;
    const auto& state = StateOf(told->rule, told->application).state;
    const auto newest = state.newest.value_or(told->fired_at);
    if (newest <= told->ended_at.value_or(told->fired_at)) continue;  // they may still come
    if (!told->ended_at) {
      if (state.phase != Phase::kInactive) continue;
      told->Resolve(newest, newest);
      told->NoteLate(
          newest,
          "data-aggregator told this while it was cut off from the database. The samples "
          "that show it have not arrived; newer ones show that it is over.");
    }
    MarkJudged(*told);
  }
}

void AlertBook::Unchanged() {
  for (const auto& alert : alerts_) {
    alert->changed = alert->resolved_now = false;
    alert->new_events.clear();
  }
  for (auto& [key, tracked] : states_) tracked.changed = false;
}

void AlertBook::Recorded() {
  Unchanged();
  alerts_.clear();
  alike_.clear();
  for (const auto& [key, tracked] : states_)
    if (tracked.open) Add(tracked.open);
  if (states_.size() > kMostStates || alerts_.size() > kMostAlerts) *this = AlertBook(*store_);
}

void AlertBook::Settle() {
  std::int64_t id = 0;
  for (const auto& alert : alerts_) {
    --id;
    if (alert->id == 0) alert->id = id;
  }
  Unchanged();
}

}  // namespace mon::processor
