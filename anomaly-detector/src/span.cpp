// A moving span as a queue of two parts, so that a value leaves it without being subtracted: a sum
// that a huge value has gone through would not be the sum of the others any more. The front part
// has the totals of each of its suffixes, the back part one running total; where the front is used
// up, the back becomes the front. Each point is taken into a total twice.
#include "anomaly_detector/span.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <vector>

namespace mon::anomaly_detector {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct Totals {
  double sum = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
};

Totals Of(double value) { return {value, value, value}; }

Totals Together(const Totals& a, const Totals& b) {
  return {a.sum + b.sum, std::min(a.least, b.least), std::max(a.most, b.most)};
}

/// The points [first, last) of a series, moved forward.
class MovingSpan {
 public:
  explicit MovingSpan(std::span<const Point> points) : points_(points) {}

  void MoveTo(std::int64_t from, std::int64_t to) {
    while (last_ < points_.size() && points_[last_].time <= to) {
      back_ = Together(back_, Of(points_[last_++].value));
    }
    while (first_ < last_ && points_[first_].time < from) ++first_;
    if (first_ >= middle_) Turn();
  }

  [[nodiscard]] std::size_t Count() const { return last_ - first_; }
  [[nodiscard]] const Point& First() const { return points_[first_]; }
  [[nodiscard]] const Point& Last() const { return points_[last_ - 1]; }
  /// Of one point at least.
  [[nodiscard]] Totals All() const {
    return first_ < middle_ ? Together(front_[middle_ - first_ - 1], back_) : back_;
  }

 private:
  /// All that is there becomes the front part.
  void Turn() {
    front_.clear();
    Totals suffix;
    for (std::size_t i = last_; i > first_; --i) {
      suffix = Together(Of(points_[i - 1].value), suffix);
      front_.push_back(suffix);
    }
    middle_ = last_;
    back_ = {};
  }

  std::span<const Point> points_;
  std::size_t first_ = 0;
  std::size_t middle_ = 0;  // the front part is [first_, middle_), the back part [middle_, last_)
  std::size_t last_ = 0;
  std::vector<Totals> front_;  // of the suffixes of the front part, the shortest first
  Totals back_;
};

/// A mean of equal values is that value, whatever the sum was rounded to.
double Mean(const MovingSpan& moving) {
  const Totals totals = moving.All();
  return std::clamp(totals.sum / static_cast<double>(moving.Count()), totals.least, totals.most);
}

double Delta(const MovingSpan& moving) { return moving.Last().value - moving.First().value; }

double Result(Function function, const MovingSpan& moving, std::int64_t now) {
  if (moving.Count() == 0) return kUnknown;
  const auto seconds = [&](std::int64_t from, std::int64_t to) {
    return static_cast<double>(to) - static_cast<double>(from);
  };
  const double spread = seconds(moving.First().time, moving.Last().time);
  switch (function) {
    case Function::kAverage:
      return Mean(moving);
    case Function::kMinimum:
      return moving.All().least;
    case Function::kMaximum:
      return moving.All().most;
    case Function::kDelta:
      return moving.Count() < 2 ? kUnknown : Delta(moving);
    case Function::kRate:
      return spread > 0 ? Delta(moving) / spread : kUnknown;
    case Function::kAge:
      return seconds(moving.Last().time, now);
    case Function::kValue:
    case Function::kPredict:
    case Function::kOdd:
      break;
  }
  return kUnknown;
}

}  // namespace

void OverSpan(Function function, std::chrono::seconds span, std::span<const Point> points,
              std::span<const std::int64_t> at, std::span<double> out) {
  std::vector<Point> known;
  if (std::ranges::any_of(points, [](const Point& p) { return std::isnan(p.value); })) {
    std::ranges::copy_if(points, std::back_inserter(known),
                         [](const Point& p) { return !std::isnan(p.value); });
    points = known;
  }
  MovingSpan moving(points);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::int64_t from = function == Function::kAge ? std::numeric_limits<std::int64_t>::min()
                                                         : at[i] - span.count();
    moving.MoveTo(from, at[i]);
    out[i] = Result(function, moving, at[i]);
  }
}

}  // namespace mon::anomaly_detector
