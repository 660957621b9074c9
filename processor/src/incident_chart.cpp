#include "incident_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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
constexpr std::size_t kMovedPanels = 3;

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

double ValueOf(const Sample& sample, std::string_view metric) {
  if (metric == "response_time_ms") return static_cast<double>(sample.response_time_ms);
  return ReadableErrorRate(sample);
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
    errors.points.push_back({sample.timestamp, ValueOf(sample, "error_rate")});
    times.points.push_back({sample.timestamp, ValueOf(sample, "response_time_ms")});
  }
  for (auto* panel : {&errors, &times}) {
    panel->points = alerting_system::Thin(panel->points, chart.from, chart.to);
    if (!panel->points.empty()) chart.panels.push_back(std::move(*panel));
  }
}

/// The values of what moved: of an item, or of a metric of an application that is called.
Result<std::vector<ChartPoint>> PointsOf(const MovedItem& moved, std::span<const RelatedItem> items,
                                         SampleHistory& history, ItemSource& source,
                                         const Chart& chart) {
  std::vector<ChartPoint> points;
  if (!moved.application.empty()) {
    if (moved.key.empty()) return points;
    auto samples = ReadAll(history, moved.application, chart.from, chart.to);
    if (!samples) return std::unexpected(samples.error());
    for (const auto& sample : *samples)
      points.push_back({sample.timestamp, ValueOf(sample, moved.key)});
    return points;
  }
  const auto found = std::ranges::find(items, moved.itemid, &RelatedItem::itemid);
  if (found == items.end()) return points;
  const RelatedItem* item = &*found;
  auto series = source.Series({&item, 1}, chart.from, chart.to);
  if (!series) return std::unexpected(series.error());
  const ItemValues& values = series->front();
  for (std::size_t at = 0; at < values.Size(); ++at) {
    const double number = values.Numbers()[at];
    if (!std::isnan(number)) points.push_back({values.Clocks()[at], number});
  }
  return points;
}

Result<void> AddMoved(const Alert& alert, SampleHistory& history, ItemSource& items, Chart& chart) {
  auto related = items.Related(alert.application);
  if (!related) return std::unexpected(related.error());
  std::size_t shown = 0;
  for (const auto& moved : alert.moves.items) {
    if (shown == kMovedPanels) break;
    auto points = PointsOf(moved, *related, history, items, chart);
    if (!points) return std::unexpected(points.error());
    ChartPanel panel;
    panel.points = alerting_system::Thin(*points, chart.from, chart.to);
    if (panel.points.empty()) continue;
    panel.title = moved.application.empty()
                      ? fmt::format("{} on {}", moved.name, moved.host)
                      : fmt::format("{} of {}", moved.name, moved.application);
    panel.units = moved.units;
    panel.usual_low = moved.usual_low;
    panel.usual_high = moved.usual_high;
    chart.panels.push_back(std::move(panel));
    ++shown;
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
  if (auto added = AddMoved(alert, history, items, chart); !added)
    return std::unexpected(added.error());
  return chart;
}

}  // namespace mon::processor
