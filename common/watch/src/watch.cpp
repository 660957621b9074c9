#include "watch/watch.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mon::watch {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 4> kNames = {{
    {State::kOk, "OK"},
    {State::kNoData, "NODATA"},
    {State::kStale, "STALE"},
    {State::kError, "ERROR"},
}};

constexpr int kMissedInARow = 5;

}  // namespace

std::string_view ToString(State state) {
  return std::ranges::find(kNames, state, &decltype(kNames)::value_type::first)->second;
}

State StateFrom(std::string_view text) {
  const auto* const found = std::ranges::find(kNames, text, &decltype(kNames)::value_type::second);
  return found == kNames.end() ? State::kOk : found->first;
}

void Watch::TellBegin() {
  told_since = since;
  told_detail = detail;
}

void Watch::TellEnd() {
  told_since.reset();
  told_detail.clear();
  alert_id = 0;
}

std::chrono::milliseconds Patience(std::optional<std::chrono::milliseconds> usual_interval,
                                   std::chrono::milliseconds least) {
  if (!usual_interval) return least;
  return std::max(least, kMissedInARow * *usual_interval);
}

std::chrono::milliseconds Lasting(std::optional<std::chrono::milliseconds> usual_interval) {
  constexpr std::chrono::milliseconds kOfCron{60'000};
  return 2 * usual_interval.value_or(kOfCron);
}

Step Update(Watch& watch, const Finding& finding, std::int64_t now,
            std::chrono::milliseconds lasting) {
  const bool was_well = watch.state == State::kOk;
  const bool well = finding.state == State::kOk;
  if (well != was_well) watch.seen_at = now;
  if (finding.state != watch.state) watch.since = well ? now : finding.since;
  watch.state = finding.state;
  watch.detail = finding.detail;
  if (watch.told_since.has_value() != well || std::chrono::seconds(now - watch.seen_at) < lasting)
    return Step::kNone;
  return well ? Step::kEnd : Step::kBegin;
}

}  // namespace mon::watch
