#include "moves.h"

#include <algorithm>
#include <vector>

#include "correlator/rank.h"

namespace mon::processor {
namespace {

constexpr std::int64_t kPast = 3'600;       // s before what is looked at
constexpr std::int64_t kLongestLook = 600;  // s after the beginning
constexpr int kFloat = 0;
constexpr int kUnsigned = 3;

/// What happened at the onset, as a sentence names it.
std::string_view WhatOf(const Alert& alert) {
  if (alert.deciding.metric.contains("error_rate")) return "the errors";
  if (alert.deciding.metric.contains("response_time_ms")) return "the slow answers";
  return "the alert";
}

MovedItem MovedOf(const RelatedItem& item, const correlator::Ranked& ranked,
                  std::string_view what) {
  MovedItem moved;
  moved.itemid = item.itemid;
  moved.host = item.host;
  moved.key = item.key;
  moved.name = item.name.empty() ? item.key : item.name;
  moved.units = item.units;
  moved.sentence = correlator::DescribeMove(ranked, moved.name, item.host, item.units, what);
  moved.value = ranked.peak;
  moved.clock = ranked.peak_clock;
  moved.usual_low = ranked.usual_low;
  moved.usual_high = ranked.usual_high;
  moved.first_offset_seconds = ranked.first_offset;
  return moved;
}

}  // namespace

Result<Moves> FindMoves(ItemSource& items, const Alert& alert, std::chrono::seconds window) {
  auto related = items.Related(alert.application);
  if (!related) return std::unexpected(related.error());
  std::vector<const RelatedItem*> numeric;
  for (const auto& item : *related) {
    const bool is_number = item.value_type == kFloat || item.value_type == kUnsigned;
    if (is_number && !item.vanished) numeric.push_back(&item);
  }
  if (numeric.size() > kMostCompared) numeric.resize(kMostCompared);

  correlator::RankOptions options;
  options.onset = alert.started_at;
  options.until = std::clamp(
      std::max(alert.fired_at + window.count(), alert.ended_at.value_or(alert.started_at)),
      alert.started_at, alert.started_at + kLongestLook);
  auto read = items.Series(numeric, options.onset - options.lead - kPast, options.until);
  if (!read) return std::unexpected(read.error());

  std::vector<correlator::ItemSeries> series(numeric.size());
  for (std::size_t i = 0; i < numeric.size(); ++i) {
    series[i].itemid = numeric[i]->itemid;
    for (const auto& point : (*read)[i]) {
      if (point.number) series[i].points.push_back({point.clock, *point.number});
    }
  }
  Moves moves;
  moves.compared = series.size();
  for (const auto& ranked : correlator::RankItems(series, options)) {
    if (!ranked.significant || moves.items.size() == kMostMoved) break;
    const auto item = std::ranges::find(numeric, ranked.itemid, &RelatedItem::itemid);
    moves.items.push_back(MovedOf(**item, ranked, WhatOf(alert)));
  }
  return moves;
}

}  // namespace mon::processor
