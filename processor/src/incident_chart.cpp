#include "incident_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/text.h"

namespace mon::processor {
namespace {

using alerting_system::Chart;
using alerting_system::ChartPanel;
using alerting_system::ChartPoint;

/// s before the beginning: long enough for what is usual, short enough to see what came first.
constexpr std::int64_t kBefore = 900;
constexpr std::int64_t kMostBefore = 1'800;  // of what has lasted that long
constexpr std::int64_t kAfter = 300;         // s after the end
/// Of an incident of days the beginning and the end of its last day are shown.
constexpr std::int64_t kLongest = 86'400;
constexpr std::size_t kItemPanels = 3;

/// The stretch of time that tells the most.
void SetTimes(const Alert& alert, std::int64_t now, Chart& chart) {
  chart.onset = alert.started_at;
  chart.ended = alert.ended_at;
  const auto end = std::max(alert.ended_at.value_or(now), alert.fired_at);
  const auto lasted = end - alert.started_at;
  chart.from = alert.started_at - std::clamp(lasted, kBefore, kMostBefore);
  chart.to = std::max(std::min(now, alert.ended_at ? end + kAfter : now), alert.fired_at + 1);
  chart.from = std::max(chart.from, chart.to - kLongest);
  chart.onset = std::max(chart.onset, chart.from);
}

Result<std::vector<Sample>> ReadAll(SampleHistory& history, const std::string& application,
                                    std::int64_t from, std::int64_t to) {
  std::vector<Sample> samples;
  for (std::optional<std::int64_t> next = from; next && *next <= to;) {
    auto stretch = history.Read(application, *next, to);
    if (!stretch) return std::unexpected(stretch.error());
    samples.insert(samples.end(), stretch->samples.begin(), stretch->samples.end());
    next = stretch->more_from;
  }
  return samples;
}

/// A metric of the application, with the limit where the rule is on it.
ChartPanel MetricPanel(const Alert& alert, std::string_view metric) {
  ChartPanel panel;
  panel.title = metric;
  if (alert.deciding.metric == metric) panel.limit = alert.deciding.limit;
  return panel;
}

void AddMetrics(const Alert& alert, const std::vector<Sample>& samples, Chart& chart) {
  if (samples.empty()) return;
  auto errors = MetricPanel(alert, "error_rate");
  auto times = MetricPanel(alert, "response_time_ms");
  times.units = "!ms";
  for (const auto& sample : samples) {
    errors.points.push_back(
        {sample.timestamp, ParseDouble(ShortestText(sample.error_rate)).value_or(0)});
    times.points.push_back({sample.timestamp, static_cast<double>(sample.response_time_ms)});
  }
  for (auto* panel : {&errors, &times}) {
    panel->points = alerting_system::Thin(panel->points, chart.from, chart.to);
    if (!panel->points.empty()) chart.panels.push_back(std::move(*panel));
  }
}

Result<void> AddItems(const Alert& alert, ItemSource& items, Chart& chart) {
  auto related = items.Related(alert.application);
  if (!related) return std::unexpected(related.error());
  std::vector<const RelatedItem*> shown;
  std::vector<const MovedItem*> moved;
  for (const auto& item : alert.moves.items) {
    const auto found = std::ranges::find(*related, item.itemid, &RelatedItem::itemid);
    if (found == related->end() || shown.size() == kItemPanels) continue;
    shown.push_back(&*found);
    moved.push_back(&item);
  }
  auto series = items.Series(shown, chart.from, chart.to);
  if (!series) return std::unexpected(series.error());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    ChartPanel panel;
    panel.title = fmt::format("{} on {}", moved[i]->name, moved[i]->host);
    panel.units = moved[i]->units;
    panel.usual_low = moved[i]->usual_low;
    panel.usual_high = moved[i]->usual_high;
    for (const auto& point : (*series)[i]) {
      if (point.number) panel.points.push_back({point.clock, *point.number});
    }
    panel.points = alerting_system::Thin(panel.points, chart.from, chart.to);
    if (!panel.points.empty()) chart.panels.push_back(std::move(panel));
  }
  return {};
}

}  // namespace

Result<Chart> IncidentChart(const Alert& alert, SampleHistory& history, ItemSource& items,
                            std::int64_t now) {
  Chart chart;
  SetTimes(alert, now, chart);
  auto samples = ReadAll(history, alert.application, chart.from, chart.to);
  if (!samples) return std::unexpected(samples.error());
  AddMetrics(alert, *samples, chart);
  if (chart.panels.empty()) return chart;
  if (auto added = AddItems(alert, items, chart); !added) return std::unexpected(added.error());
  return chart;
}

}  // namespace mon::processor
