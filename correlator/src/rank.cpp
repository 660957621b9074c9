#include "correlator/rank.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "common/statistics.h"
#include "common/units.h"

namespace mon::correlator {
namespace {

constexpr std::size_t kFewestPast = 20;
constexpr std::int64_t kBaseline = 300;     // s whose median a value is compared with
constexpr std::size_t kBaselineValues = 9;  // of those, enough for a median
/// The chance from which on an item is named, however few there are to be wrong about.
constexpr double kSurely = 0.001;
constexpr double kLeastExponent = 1.0;
constexpr double kMostExponent = 4.0;  // a normal tail falls faster; nobody knows after an hour

double Quantile(std::span<const double> sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::lround(position))];
}

/// The change of a value against the minutes that end `span` before it.
struct Change {
  const Point* point = nullptr;
  double size = 0;
};

std::vector<Change> Changes(std::span<const Point> points, std::int64_t span) {
  std::vector<Change> changes;
  std::vector<double> base;
  std::size_t from = 0;
  std::size_t to = 0;
  for (const Point& point : points) {
    while (to < points.size() && points[to].clock < point.clock - span) ++to;
    while (from < to && points[from].clock < point.clock - span - kBaseline) ++from;
    if (to - from < 3) continue;
    base.clear();
    const std::size_t stride = (to - from - 1) / kBaselineValues + 1;
    for (std::size_t i = from; i < to; i += stride) base.push_back(points[i].value);
    changes.push_back({&point, point.value - UpperMedian(base)});
  }
  return changes;
}

/// What counts as nothing for an item that hardly ever moves: one unit where it has whole numbers,
/// else a hundredth of what it shows.
double Floor(std::span<const double> sorted) {
  const double largest = std::max(std::abs(sorted.front()), std::abs(sorted.back()));
  const bool whole = std::ranges::all_of(sorted, [](double v) { return std::trunc(v) == v; });
  const double range = Quantile(sorted, 0.95) - Quantile(sorted, 0.05);
  return std::max(
      {whole ? 1.0 : 0.0, 0.01 * largest, 0.25 * range, std::numeric_limits<double>::min()});
}

/// The chance that one more observation is `size` or greater, where `past` counts as so many.
double TailChance(std::vector<double> past, double size, double floor, double observations) {
  if (past.empty() || size <= floor) return 1;
  std::ranges::sort(past, std::greater<>());
  const double largest = std::max(past.front(), floor);
  if (size <= largest) {
    const auto reached = std::ranges::count_if(past, [&](double v) { return v >= size; });
    return std::min(1.0, (1.0 + static_cast<double>(reached)) / (1.0 + observations));
  }
  const std::size_t top = std::max<std::size_t>(5, past.size() / 20);
  const double edge = std::max(past[std::min(top, past.size() - 1)], floor);
  double logs = 0;
  for (std::size_t i = 0; i < top && i < past.size(); ++i) {
    logs += std::log(std::max(past[i], edge) / edge);
  }
  const double exponent = std::clamp(logs > 0 ? static_cast<double>(top) / logs : kMostExponent,
                                     kLeastExponent, kMostExponent);
  return std::pow(largest / size, exponent) / (1.0 + observations);
}

/// The lesser of the two where they go the same way: a lone spike comes to nothing.
std::vector<double> Pairs(std::span<const double> sizes) {
  std::vector<double> pairs;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const double a = sizes[i - 1];
    const double b = sizes[i];
    pairs.push_back(a * b > 0 ? std::min(std::abs(a), std::abs(b)) : 0);
  }
  return pairs;
}

std::vector<double> Absolute(std::span<const double> sizes) {
  std::vector<double> absolute;
  for (const double size : sizes) absolute.push_back(std::abs(size));
  return absolute;
}

/// How likely what came `now` is after such a past.
double Chance(std::span<const double> past, std::span<const double> now, double floor,
              double spans) {
  const auto past_singly = Absolute(past);
  const double values = static_cast<double>(past.size());
  // A spike may be the first that is seen: one value proves no more than how many there were.
  const double lone = std::max(
      TailChance(past_singly, std::ranges::max(Absolute(now)), floor, values), 1 / (1 + values));
  const double chance = std::min(1.0, lone * static_cast<double>(now.size()));
  if (now.size() < 2) return chance;
  const auto pairs = Pairs(now);
  const double size = std::ranges::max(pairs);
  // Two spikes that meet by chance, or a wave that goes on for many values: the likelier of them.
  const double met =
      static_cast<double>(pairs.size()) * std::pow(TailChance(past_singly, size, floor, values), 2);
  const double wave = TailChance(Pairs(past), size, floor, spans);
  return std::min(chance, std::max(met, wave));
}

/// Fills where its most unusual value was, and when the first on its way there came.
void FindPeak(std::span<const Change> around, double centre, double ordinary, std::int64_t onset,
              Ranked& ranked) {
  const auto deviation = [&](const Change& change) { return change.size - centre; };
  const auto peak = std::ranges::max_element(
      around, {}, [&](const Change& change) { return std::abs(deviation(change)); });
  ranked.peak = peak->point->value;
  ranked.peak_clock = peak->point->clock;
  const double enough = std::max(ordinary, std::abs(deviation(*peak)) / 3);
  for (const Change& change : around) {
    const double size = deviation(change) * (deviation(*peak) > 0 ? 1 : -1);
    if (size < enough && &change != &*peak) continue;
    ranked.first_offset = change.point->clock - onset;
    return;
  }
}

Ranked RankOne(const ItemSeries& item, const RankOptions& options) {
  Ranked ranked;
  ranked.itemid = item.itemid;
  const std::int64_t begin = options.onset - options.lead;
  std::vector<double> values;
  for (const Point& point : item.points) {
    if (point.clock < begin) values.push_back(point.value);
  }
  if (values.size() < kFewestPast) return ranked;
  std::ranges::sort(values);
  ranked.usual_low = Quantile(values, 0.05);
  ranked.usual_high = Quantile(values, 0.95);

  const std::int64_t span = std::max<std::int64_t>(options.until - begin, 1);
  const auto changes = Changes(item.points, span);
  const auto split = std::ranges::lower_bound(
      changes, begin, {}, [](const Change& change) { return change.point->clock; });
  const auto end =
      std::ranges::upper_bound(split, changes.end(), options.until, {},
                               [](const Change& change) { return change.point->clock; });
  const std::span before(changes.begin(), split);
  const std::span around(split, end);
  if (before.size() < kFewestPast / 2 || around.empty()) return ranked;

  std::vector<double> past;
  for (const Change& change : before) past.push_back(change.size);
  std::vector<double> copy = past;
  const double centre = UpperMedian(copy);
  for (double& size : past) size -= centre;
  std::vector<double> now;
  for (const Change& change : around) now.push_back(change.size - centre);

  const double floor = Floor(values);
  const auto length = before.back().point->clock - before.front().point->clock;
  const double spans = std::max(1.0, static_cast<double>(length) / static_cast<double>(span));
  ranked.p_value = Chance(past, now, floor, spans);
  const auto past_singly = Absolute(past);
  const double ordinary = std::min(std::ranges::max(past_singly), std::ranges::max(Absolute(now)));
  FindPeak(around, centre, ordinary, options.onset, ranked);
  return ranked;
}

/// Benjamini and Yekutieli; `ranked` is in the order of the p-values.
void MarkSignificant(std::vector<Ranked>& ranked, double share) {
  double harmonic = 0;
  for (std::size_t i = 1; i <= ranked.size(); ++i) harmonic += 1.0 / static_cast<double>(i);
  const double step = share / (static_cast<double>(ranked.size()) * harmonic);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (ranked[i].p_value <= std::min(kSurely, step * static_cast<double>(i + 1))) kept = i + 1;
  }
  for (std::size_t i = 0; i < kept; ++i) {
    ranked[i].significant =
        ranked[i].peak > ranked[i].usual_high || ranked[i].peak < ranked[i].usual_low;
  }
}

/// "0.8–1.5 GB"; the unit stands once where both have it.
std::string Range(double low, double high, std::string_view units) {
  const auto from = ReadableNumber(low, units);
  const auto to = ReadableNumber(high, units);
  if (from == to) return from;
  const auto blank = from.find(' ');
  const bool same = blank != std::string::npos && to.ends_with(from.substr(blank)) &&
                    to.find(' ') + from.size() - blank == to.size();
  return (same ? from.substr(0, blank) : from) + "–" + to;
}

}  // namespace

std::vector<Ranked> RankItems(std::span<const ItemSeries> items, const RankOptions& options) {
  std::vector<Ranked> ranked;
  ranked.reserve(items.size());
  for (const ItemSeries& item : items) ranked.push_back(RankOne(item, options));
  std::ranges::sort(ranked, {}, [](const Ranked& r) { return std::tie(r.p_value, r.itemid); });
  MarkSignificant(ranked, options.false_discoveries);
  return ranked;
}

std::string OffsetText(std::int64_t seconds, std::string_view what) {
  if (seconds == 0) return fmt::format("together with {}", what);
  return fmt::format("{} s {} {}", std::abs(seconds), seconds < 0 ? "before" : "after", what);
}

std::string DescribeMove(const Ranked& ranked, std::string_view subject, std::string_view units,
                         std::string_view what) {
  const auto usual = Range(ranked.usual_low, ranked.usual_high, units);
  const auto when = OffsetText(ranked.first_offset, what);
  return fmt::format("{} {} to {} from a usual {}, {}", subject, ranked.Rose() ? "rose" : "fell",
                     ReadableNumber(ranked.peak, units), usual, when);
}

}  // namespace mon::correlator
