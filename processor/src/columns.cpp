#include "columns.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

#include "anomaly_detector/span.h"
#include "correlator/join.h"

namespace mon::processor {
namespace {

using anomaly_detector::Function;
using anomaly_detector::Operand;
using anomaly_detector::Point;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

bool IsOdd(const Column& column) { return column.operand->function == Function::kOdd; }
bool IsPrediction(const Column& column) { return column.operand->function == Function::kPredict; }
bool IsLearnt(const Column& column) { return IsOdd(column) || IsPrediction(column); }

std::vector<Point> PointsOf(const Operand& operand, std::span<const Sample> samples) {
  std::vector<Point> points;
  points.reserve(samples.size());
  for (const Sample& sample : samples) {
    points.push_back({sample.timestamp, ValueOf(operand.source, sample)});
  }
  return points;
}

std::vector<Point> PointsOf(const ItemValues& series) {
  std::vector<Point> points;
  points.reserve(series.Size());
  for (std::size_t i = 0; i < series.Size(); ++i)
    points.push_back({series.Clocks()[i], series.Numbers()[i]});
  return points;
}

void Join(const ItemValues& series, std::chrono::seconds window,
          std::span<const std::int64_t> times, std::span<double> out) {
  std::vector<std::size_t> nearest(times.size());
  correlator::JoinNearest(times, series.Clocks(), window, nearest);
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (nearest[i] != correlator::kNoMatch) out[i] = series.Numbers()[nearest[i]];
  }
}

/// How old the newest value is at each time; of times up to which the host has not been read
/// nobody knows.
Result<void> FillAges(const ItemValues& series, const RelatedItem& item, std::int64_t from,
                      ItemSource& items, std::span<const std::int64_t> times,
                      std::span<double> out) {
  std::vector<Point> points;
  if (series.Empty() || series.Clocks().front() > times.front()) {
    const RelatedItem* wanted = &item;
    auto last = items.LastBefore({&wanted, 1}, from);
    if (!last) return std::unexpected(last.error());
    if (last->front()) points.push_back({last->front()->clock, 0});
  }
  for (const auto clock : series.Clocks()) points.push_back({clock, 0});  // texts count, too
  OverSpan(Function::kAge, {}, points, times, out);
  auto read = items.ReadUntil(item.hostid);
  if (!read) return std::unexpected(read.error());
  for (std::size_t i = 0; *read && i < times.size(); ++i) {
    if (times[i] > **read) out[i] = kUnknown;
  }
  return {};
}

double NumberOf(const LearntReading& reading) {
  if (reading.truth == anomaly_detector::Truth::kUnknown) return kUnknown;
  return reading.truth == anomaly_detector::Truth::kTrue ? 1 : 0;
}

/// Asks detectors and predictions: of the application's metrics one by one, of all items at once.
class LearntColumns {
 public:
  LearntColumns(const Layout& layout, Columns& columns) : layout_(&layout), columns_(&columns) {}

  Result<void> OfMetrics(Detectors& detectors, std::span<const Sample> samples,
                         SampleHistory* history) {
    for (std::size_t i = 0; i < layout_->columns.size(); ++i) {
      const Column& column = layout_->columns[i];
      if (!IsOdd(column) || column.OfItem() || column.OfHost()) continue;
      auto readings =
          detectors.OfMetric(column.operand->source, layout_->application, samples, history);
      if (!readings) return std::unexpected(readings.error());
      Take(i, *std::move(readings));
    }
    return {};
  }

  Result<void> OfItems(Detectors& detectors, std::span<const std::int64_t> times,
                       ItemSource& source) {
    std::vector<std::size_t> which;
    std::vector<const RelatedItem*> items;
    for (std::size_t i = 0; i < layout_->columns.size(); ++i) {
      const Column& column = layout_->columns[i];
      if (!IsOdd(column) || !column.OfItem()) continue;
      which.push_back(i);
      items.push_back(layout_->items[column.item]);
    }
    if (items.empty()) return {};
    const auto window = layout_->columns[which.front()].window;  // a detector has none of its own
    auto readings = detectors.OfItems(items, window, times, source);
    if (!readings) return std::unexpected(readings.error());
    for (std::size_t i = 0; i < which.size(); ++i) Take(which[i], std::move((*readings)[i]));
    return {};
  }

  Result<void> OfHosts(HostDetectors& detectors, std::span<const std::int64_t> times,
                       ItemSource& source) {
    for (std::size_t i = 0; i < layout_->columns.size(); ++i) {
      const Column& column = layout_->columns[i];
      if (!column.OfHost()) continue;
      auto readings = detectors.OfHost(layout_->hosts[column.item], column.window, times, source);
      if (!readings) return std::unexpected(readings.error());
      Take(i, *std::move(readings));
    }
    return {};
  }

  Result<void> OfPredictions(Predictions& predictions, std::span<const std::int64_t> times,
                             ItemSource& source) {
    std::map<const Operand*, std::vector<std::size_t>> by_operand;
    for (std::size_t i = 0; i < layout_->columns.size(); ++i) {
      const Column& column = layout_->columns[i];
      if (IsPrediction(column)) by_operand[column.operand].push_back(i);
    }
    for (const auto& [operand, which] : by_operand) {
      std::vector<const RelatedItem*> items;
      for (const std::size_t i : which) items.push_back(layout_->items[layout_->columns[i].item]);
      auto readings = predictions.OfItems(*operand, items, times, source);
      if (!readings) return std::unexpected(readings.error());
      for (std::size_t i = 0; i < which.size(); ++i) Take(which[i], std::move((*readings)[i]));
    }
    return {};
  }

 private:
  void Take(std::size_t column, std::vector<LearntReading> readings) {
    std::ranges::transform(readings, columns_->values[column].begin(), NumberOf);
    columns_->learnt[column] = std::move(readings);
  }

  const Layout* layout_;
  Columns* columns_;
};

}  // namespace

WantedItems::WantedItems(const Layout& layout) : place(layout.items.size(), Layout::kNone) {
  for (const Column& column : layout.columns) {
    if (!column.OfItem() || IsLearnt(column)) continue;
    const bool joined = column.operand->function == Function::kValue;
    const bool age = column.operand->function == Function::kAge;
    if (joined) behind = std::max(behind, column.window);
    if (!age) before = std::max(before, joined ? column.window : column.operand->span);
    if (place[column.item] != Layout::kNone) continue;
    place[column.item] = items.size();
    items.push_back(layout.items[column.item]);
  }
}

Result<Columns> ReadColumns(const Layout& layout, ItemSource& items,
                            std::span<const Sample> samples, std::span<const Sample> around,
                            Detectors* detectors, SampleHistory* history) {
  Columns columns{std::vector(layout.columns.size(), std::vector<double>(samples.size(), kUnknown)),
                  std::vector<std::vector<LearntReading>>(layout.columns.size())};
  std::vector<std::int64_t> times;
  for (const Sample& sample : samples) times.push_back(sample.timestamp);
  if (detectors != nullptr) {
    LearntColumns learnt(layout, columns);
    if (auto read = learnt.OfMetrics(*detectors, samples, history); !read) {
      return std::unexpected(read.error());
    }
    if (auto read = learnt.OfItems(*detectors, times, items); !read) {
      return std::unexpected(read.error());
    }
    if (auto read = learnt.OfHosts(detectors->Hosts(), times, items); !read) {
      return std::unexpected(read.error());
    }
    if (auto read = learnt.OfPredictions(detectors->Forecasts(), times, items); !read) {
      return std::unexpected(read.error());
    }
  }
  const WantedItems wanted(layout);
  const std::int64_t from = times.front() - wanted.before.count();
  auto series = items.Series(wanted.items, from, times.back() + wanted.behind.count());
  if (!series) return std::unexpected(series.error());
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    const Column& column = layout.columns[i];
    const Operand& operand = *column.operand;
    auto& values = columns.values[i];
    if (IsLearnt(column)) continue;
    if (!column.OfItem()) {
      OverSpan(operand.function, operand.span, PointsOf(operand, around), times, values);
    } else if (operand.function == Function::kValue) {
      Join((*series)[wanted.place[column.item]], column.window, times, values);
    } else if (operand.function == Function::kAge) {
      auto filled = FillAges((*series)[wanted.place[column.item]], *layout.items[column.item], from,
                             items, times, values);
      if (!filled) return std::unexpected(filled.error());
    } else {
      OverSpan(operand.function, operand.span, PointsOf((*series)[wanted.place[column.item]]),
               times, values);
    }
  }
  return columns;
}

}  // namespace mon::processor
