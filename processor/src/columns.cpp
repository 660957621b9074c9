#include "columns.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "anomaly_detector/span.h"
#include "correlator/join.h"

namespace mon::processor {
namespace {

using anomaly_detector::Function;
using anomaly_detector::Operand;
using anomaly_detector::Point;
using anomaly_detector::Source;

using Series = std::vector<ItemPoint>;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// How far before and behind the samples the values of items count.
struct Reach {
  std::chrono::seconds before{0};
  std::chrono::seconds behind{0};
};

Reach ReachOf(const Layout& layout) {
  Reach reach;
  for (const Column& column : layout.columns) {
    if (!column.OfItem()) continue;
    const bool joined = column.operand->function == Function::kValue;
    const bool age = column.operand->function == Function::kAge;
    if (joined) reach.behind = std::max(reach.behind, column.window);
    if (!age) reach.before = std::max(reach.before, joined ? column.window : column.operand->span);
  }
  return reach;
}

std::vector<Point> PointsOf(const Operand& operand, std::span<const Sample> samples) {
  std::vector<Point> points;
  points.reserve(samples.size());
  for (const Sample& sample : samples) {
    const double value = operand.source == Source::kErrorRate
                             ? static_cast<double>(sample.error_rate)
                             : static_cast<double>(sample.response_time_ms);
    points.push_back({sample.timestamp, value});
  }
  return points;
}

std::vector<Point> PointsOf(const Series& series) {
  std::vector<Point> points;
  points.reserve(series.size());
  for (const ItemPoint& point : series) {
    points.push_back({point.clock, point.number.value_or(kUnknown)});
  }
  return points;
}

void Join(const Series& series, std::chrono::seconds window, std::span<const std::int64_t> times,
          std::span<double> out) {
  std::vector<std::int64_t> clocks;
  for (const ItemPoint& point : series) clocks.push_back(point.clock);
  std::vector<std::size_t> nearest(times.size());
  correlator::JoinNearest(times, clocks, window, nearest);
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (nearest[i] != correlator::kNoMatch) out[i] = series[nearest[i]].number.value_or(kUnknown);
  }
}

/// How old the newest value is at each time; of times up to which the host has not been read
/// nobody knows.
Result<void> FillAges(const Series& series, const RelatedItem& item, std::int64_t from,
                      ItemSource& items, std::span<const std::int64_t> times,
                      std::span<double> out) {
  std::vector<Point> points;
  if (series.empty() || series.front().clock > times.front()) {
    const RelatedItem* wanted = &item;
    auto last = items.LastBefore({&wanted, 1}, from);
    if (!last) return std::unexpected(last.error());
    if (last->front()) points.push_back({last->front()->clock, 0});
  }
  for (const ItemPoint& point : series) points.push_back({point.clock, 0});  // texts count, too
  OverSpan(Function::kAge, {}, points, times, out);
  auto read = items.ReadUntil(item.hostid);
  if (!read) return std::unexpected(read.error());
  for (std::size_t i = 0; *read && i < times.size(); ++i) {
    if (times[i] > **read) out[i] = kUnknown;
  }
  return {};
}

}  // namespace

Result<Columns> ReadColumns(const Layout& layout, ItemSource& items,
                            std::span<const Sample> samples, std::span<const Sample> around) {
  Columns columns(layout.columns.size(), std::vector<double>(samples.size(), kUnknown));
  std::vector<std::int64_t> times;
  for (const Sample& sample : samples) times.push_back(sample.timestamp);
  const Reach reach = ReachOf(layout);
  const std::int64_t from = times.front() - reach.before.count();
  auto series = items.Series(layout.items, from, times.back() + reach.behind.count());
  if (!series) return std::unexpected(series.error());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = layout.columns[i];
    const Operand& operand = *column.operand;
    if (!column.OfItem()) {
      OverSpan(operand.function, operand.span, PointsOf(operand, around), times, columns[i]);
    } else if (operand.function == Function::kValue) {
      Join((*series)[column.item], column.window, times, columns[i]);
    } else if (operand.function == Function::kAge) {
      auto filled = FillAges((*series)[column.item], *layout.items[column.item], from, items, times,
                             columns[i]);
      if (!filled) return std::unexpected(filled.error());
    } else {
      OverSpan(operand.function, operand.span, PointsOf((*series)[column.item]), times, columns[i]);
    }
  }
  return columns;
}

}  // namespace mon::processor
