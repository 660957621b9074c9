#include "evidence.h"

#include <algorithm>
#include <optional>

#include "correlator/join.h"

namespace mon::processor {
namespace {

using anomaly_detector::JoinedValue;

JoinedValue Joined(const RelatedItem& item, const ItemPoint& point, std::int64_t timestamp,
                   bool within_window) {
  return {item.itemid,
          item.host,
          item.key,
          item.name,
          item.units,
          point.clock,
          Printed(item, point),
          point.clock - timestamp,
          within_window};
}

}  // namespace

Result<std::vector<JoinedValue>> CollectEvidence(ItemSource& items, const std::string& application,
                                                 std::int64_t timestamp,
                                                 std::chrono::seconds window,
                                                 const Contexts& contexts) {
  auto related = items.Related(application);
  if (!related) return std::unexpected(related.error());
  std::vector<const RelatedItem*> all;
  std::vector<std::optional<JoinWindow>> asked;
  for (const auto& item : *related) {
    if (contexts.RoleOf(application, item, timestamp) == ContextRole::kUnrelated) continue;
    all.push_back(&item);
    asked.push_back(JoinWindowOf(contexts.Tables(), application, item));
  }
  auto reach = JoinWindows(all, asked, window, items);
  if (!reach) return std::unexpected(reach.error());
  const auto widest = reach->empty() ? window : std::ranges::max(*reach);
  auto series = items.Series(all, timestamp - widest.count(), timestamp + widest.count());
  if (!series) return std::unexpected(series.error());

  std::vector<JoinedValue> joined;
  std::vector<const RelatedItem*> unmatched;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::int64_t> clocks;
    for (const auto& point : (*series)[i]) clocks.push_back(point.clock);
    std::size_t nearest = correlator::kNoMatch;
    correlator::JoinNearest({&timestamp, 1}, clocks, (*reach)[i], {&nearest, 1});
    if (nearest != correlator::kNoMatch) {
      joined.push_back(Joined(*all[i], (*series)[i][nearest], timestamp, true));
    } else if (!all[i]->vanished) {
      unmatched.push_back(all[i]);
    }
  }
  const auto room = kMostEvidence - std::min(joined.size(), kMostEvidence);
  if (unmatched.size() > room) unmatched.resize(room);
  auto last = items.LastBefore(unmatched, timestamp - window.count());
  if (!last) return std::unexpected(last.error());
  for (std::size_t i = 0; i < unmatched.size(); ++i) {
    if ((*last)[i]) joined.push_back(Joined(*unmatched[i], *(*last)[i], timestamp, false));
  }
  if (joined.size() > kMostEvidence) joined.resize(kMostEvidence);
  return joined;
}

bool TellsAsMuch(std::span<const JoinedValue> joined, std::span<const JoinedValue> than) {
  const auto in_window = [](std::span<const JoinedValue> values) {
    return std::ranges::count(values, true, &JoinedValue::within_window);
  };
  const auto more = in_window(joined) - in_window(than);
  return more > 0 || (more == 0 && joined.size() >= than.size());
}

}  // namespace mon::processor
