#include "moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace mon::processor {
namespace {

constexpr std::int64_t kLongestLook = 600;  // s after the beginning

MovedItem MovedOf(const RelatedItem& item, const correlator::Ranked& ranked,
                  std::string_view what) {
  MovedItem moved = AsRanked(ranked);
  moved.itemid = item.itemid;
  moved.host = item.host;
  moved.key = item.key;
  moved.name = item.name.empty() ? item.key : item.name;
  moved.units = item.units;
  moved.sentence = correlator::DescribeMove(ranked, fmt::format("{} on {}", moved.name, item.host),
                                            item.units, what);
  return moved;
}

/// Whose it is.
const std::string& OwnerOf(const MovedItem& moved, const std::string& application) {
  return moved.application.empty() ? application : moved.application;
}

}  // namespace

MovedItem AsRanked(const correlator::Ranked& ranked) {
  MovedItem moved;
  moved.value = ranked.peak;
  moved.clock = ranked.peak_clock;
  moved.usual_low = ranked.usual_low;
  moved.usual_high = ranked.usual_high;
  moved.first_offset_seconds = ranked.first_offset;
  moved.p_value = ranked.p_value;
  return moved;
}

correlator::RankOptions LookAround(const Alert& alert, std::chrono::seconds window) {
  correlator::RankOptions options;
  options.onset = alert.started_at;
  options.until = std::clamp(
      std::max(alert.fired_at + window.count(), alert.ended_at.value_or(alert.started_at)),
      alert.started_at, alert.started_at + kLongestLook);
  return options;
}

std::string_view WhatOf(const Alert& alert) {
  if (alert.deciding.metric.contains("error_rate")) return "the errors";
  if (alert.deciding.metric.contains("response_time_ms")) return "the slow answers";
  return "the alert";
}

Result<Moves> FindMoves(ItemSource& items, const Alert& alert, std::chrono::seconds window,
                        const Contexts& contexts) {
  auto related = items.Related(alert.application);
  if (!related) return std::unexpected(related.error());
  std::vector<const RelatedItem*> numeric;
  for (const auto& item : *related) {
    if (!item.IsNumeric() || item.vanished) continue;
    const auto role = contexts.RoleOf(alert.application, item, alert.started_at);
    if (role != ContextRole::kUnrelated) numeric.push_back(&item);
  }
  if (numeric.size() > kMostCompared) numeric.resize(kMostCompared);

  const auto options = LookAround(alert, window);
  auto read = items.Series(numeric, options.onset - options.lead - kRankedPast, options.until);
  if (!read) return std::unexpected(read.error());

  std::vector<correlator::ItemSeries> series(numeric.size());
  for (std::size_t i = 0; i < numeric.size(); ++i) {
    series[i].itemid = numeric[i]->itemid;
    const ItemValues& values = (*read)[i];
    for (std::size_t at = 0; at < values.Size(); ++at) {
      const double number = values.Numbers()[at];
      if (!std::isnan(number)) series[i].points.push_back({values.Clocks()[at], number});
    }
  }
  Moves moves;
  moves.compared = series.size();
  for (const auto& ranked : correlator::RankItems(series, options)) {
    if (!ranked.significant) break;
    const auto item = std::ranges::find(numeric, ranked.itemid, &RelatedItem::itemid);
    moves.items.push_back(MovedOf(**item, ranked, WhatOf(alert)));
    moves.items.back().role = contexts.RoleOf(alert.application, **item, alert.started_at);
  }
  return moves;
}

void OrderByCause(Moves& moves, const CallGraph& graph, const std::string& application) {
  constexpr double kMinute = 60;  // s
  constexpr double kLeast = 1e-12;
  constexpr double kBehindAll = 1e3;
  if (moves.items.empty()) return;
  const auto first = std::ranges::min(moves.items, {}, &MovedItem::first_offset_seconds);
  const auto explains = [&](const MovedItem& by, const MovedItem& moved) {
    return !by.application.empty() && graph.StandsOn(OwnerOf(moved, application), by.application) &&
           static_cast<double>(by.first_offset_seconds - moved.first_offset_seconds) <= kMinute;
  };
  std::vector<std::pair<double, std::size_t>> scores;
  for (std::size_t i = 0; i < moves.items.size(); ++i) {
    const MovedItem& moved = moves.items[i];
    double score = -std::log10(std::max(moved.p_value, kLeast));
    score *= std::exp2(
        static_cast<double>(first.first_offset_seconds - moved.first_offset_seconds) / kMinute);
    const bool explained =
        std::ranges::any_of(moves.items, [&](const MovedItem& by) { return explains(by, moved); });
    if (explained) score /= 2;
    if (moved.role == ContextRole::kCause) score *= 2;
    if (moved.role == ContextRole::kSymptom) score -= kBehindAll;
    scores.emplace_back(score, i);
  }
  std::ranges::stable_sort(scores, std::greater(), &std::pair<double, std::size_t>::first);
  std::vector<MovedItem> ranked;
  for (const auto& [score, i] : scores) {
    if (ranked.size() < kMostMoved) ranked.push_back(std::move(moves.items[i]));
  }
  moves.items = std::move(ranked);
}

}  // namespace mon::processor
