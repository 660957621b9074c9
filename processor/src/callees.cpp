#include "callees.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/text.h"
#include "correlator/rank.h"
#include "moves.h"

namespace mon::processor {
namespace {

/// An alert is no chance: as if that were the chance of it.
constexpr double kOfAlert = 1e-6;
constexpr double kOfOldAlert = 1e-3;

/// Errors are ranked as per cent: whole numbers, as where there never was one, are not told apart
/// by less than 1.
constexpr double kPercent = 100;

/// "auth, which shop calls,"
std::string NameOf(const Callee& callee) {
  return fmt::format("{}, which {} calls,", callee.name, callee.caller);
}

/// Its two metrics, numbered as series: errors are 0, times 1 above twice its position.
std::vector<correlator::ItemSeries> SeriesOf(std::size_t position,
                                             std::span<const Sample> samples) {
  std::vector<correlator::ItemSeries> series(2);
  series[0].itemid = 2 * position;
  series[1].itemid = 2 * position + 1;
  for (const Sample& sample : samples) {
    series[0].points.push_back({sample.timestamp, kPercent * ReadableErrorRate(sample)});
    series[1].points.push_back({sample.timestamp, static_cast<double>(sample.response_time_ms)});
  }
  return series;
}

MovedItem Deviation(const Callee& callee, correlator::Ranked ranked, std::string_view what) {
  const bool is_time = ranked.itemid % 2 == 1;
  if (!is_time) {
    for (double* rate : {&ranked.peak, &ranked.usual_low, &ranked.usual_high}) *rate /= kPercent;
  }
  MovedItem moved = AsRanked(ranked);
  moved.application = callee.name;
  moved.key = moved.name = is_time ? "response_time_ms" : "error_rate";
  moved.units = is_time ? "!ms" : "";
  moved.sentence = correlator::DescribeMove(
      ranked, fmt::format("{} of {}", moved.name, NameOf(callee)), moved.units, what);
  return moved;
}

/// What the alert of a callee says; `found`: its deviation, where it has one.
void AddAlert(const Callee& callee, const Alert& of_callee, const Alert& alert,
              std::string_view what, std::optional<MovedItem>& found) {
  const std::int64_t offset = of_callee.started_at - alert.started_at;
  const bool fresh = offset >= -kFreshAlert;
  const double chance = fresh ? kOfAlert : kOfOldAlert;
  if (found) {
    found->sentence += fmt::format("; it is in alert: {}", of_callee.summary);
    found->p_value = std::min(found->p_value, chance);
    if (fresh) found->first_offset_seconds = std::min(found->first_offset_seconds, offset);
    return;
  }
  found.emplace();
  found->application = callee.name;
  found->clock = of_callee.started_at;
  found->p_value = chance;
  found->first_offset_seconds = fresh ? offset : 0;
  const auto when = correlator::OffsetText(offset, what);
  found->sentence =
      fmt::format("{} is in alert: {}, since {}", NameOf(callee), of_callee.summary, when);
}

/// The alert that began nearest to the onset.
const Alert* NearestOf(const Callee& callee, std::span<const Alert> alerts, const Alert& alert) {
  const Alert* nearest = nullptr;
  const auto distance = [&](const Alert& one) {
    return std::abs(one.started_at - alert.started_at);
  };
  for (const Alert& one : alerts) {
    if (one.application != callee.name) continue;
    if (nearest == nullptr || distance(one) < distance(*nearest)) nearest = &one;
  }
  return nearest;
}

}  // namespace

Result<std::vector<MovedItem>> FindCallees(std::span<const Callee> callees,
                                           std::span<const Alert> alerts, SampleHistory& history,
                                           const Alert& alert, std::chrono::seconds window) {
  const auto options = LookAround(alert, window);
  std::vector<correlator::ItemSeries> all;
  for (std::size_t i = 0; i < callees.size(); ++i) {
    auto samples = ReadAll(history, callees[i].name, options.onset - options.lead - kRankedPast,
                           options.until);
    if (!samples) return std::unexpected(samples.error());
    for (auto& series : SeriesOf(i, *samples)) all.push_back(std::move(series));
  }
  const auto what = WhatOf(alert);
  std::vector<std::optional<MovedItem>> found(callees.size());
  for (const auto& ranked : correlator::RankItems(all, options)) {
    const auto i = static_cast<std::size_t>(ranked.itemid / 2);
    // What answers sooner, or with fewer errors, is nobody's trouble.
    if (!ranked.significant || !ranked.Rose() || found[i]) continue;
    found[i] = Deviation(callees[i], ranked, what);
  }
  std::vector<MovedItem> moved;
  for (std::size_t i = 0; i < callees.size(); ++i) {
    if (const Alert* of_callee = NearestOf(callees[i], alerts, alert)) {
      AddAlert(callees[i], *of_callee, alert, what, found[i]);
    }
    if (found[i]) moved.push_back(*std::move(found[i]));
  }
  return moved;
}

}  // namespace mon::processor
