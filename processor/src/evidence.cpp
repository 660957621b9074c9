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

/// The values of `all`, each as far around as `reach` says. Those that reach farther than usual are
/// read by themselves, so that one of them does not make all the others be read so far.
Result<std::vector<ItemValues>> SeriesAround(std::int64_t timestamp,
                                             std::span<const RelatedItem* const> all,
                                             std::span<const std::chrono::seconds> reach,
                                             std::chrono::seconds usual, ItemSource& items) {
  std::vector<ItemValues> series(all.size());
  for (const bool wide : {false, true}) {
    std::vector<const RelatedItem*> some;
    std::vector<std::size_t> places;
    std::chrono::seconds widest = usual;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((reach[i] > usual) != wide) continue;
      some.push_back(all[i]);
      places.push_back(i);
      widest = std::max(widest, reach[i]);
    }
    if (some.empty()) continue;
    auto read = items.SeriesWithTexts(some, timestamp - widest.count(), timestamp + widest.count());
    if (!read) return read;
    for (std::size_t i = 0; i < places.size(); ++i) series[places[i]] = std::move((*read)[i]);
  }
  return series;
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
  auto series = SeriesAround(timestamp, all, *reach, window, items);
  if (!series) return std::unexpected(series.error());

  std::vector<JoinedValue> joined;
  std::vector<const RelatedItem*> unmatched;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::size_t nearest = correlator::kNoMatch;
    correlator::JoinNearest({&timestamp, 1}, (*series)[i].Clocks(), (*reach)[i], {&nearest, 1});
    if (nearest != correlator::kNoMatch) {
      joined.push_back(Joined(*all[i], (*series)[i].At(nearest), timestamp, true));
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
