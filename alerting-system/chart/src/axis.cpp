#include "axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace mon::chart {
namespace {

/// The next 1, 2 or 5 times a power of ten at or above `size`.
double RoundUp(double size) {
  const double power = std::pow(10, std::floor(std::log10(size)));
  for (const double step : {1.0, 2.0, 2.5, 5.0}) {
    if (step * power >= size) return step * power;
  }
  return 10 * power;
}

/// What counts as one for round numbers: of bytes a KB, MB, … as they are printed.
double UnitOf(std::string_view units, double largest) {
  double unit = 1;
  if (units != "B" && units != "Bps") return unit;
  for (int i = 0; i < 5 && largest >= unit * 1024; ++i) unit *= 1024;
  return unit;
}

}  // namespace

Range RangeOf(const alerting_system::ChartPanel& panel) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const auto include = [&](double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const auto& point : panel.points) include(point.value);
  for (const auto& value : {panel.limit, panel.usual_low, panel.usual_high}) {
    if (value) include(*value);
  }
  if (low > high) return {};
  // Where zero is near, a picture without it makes much of little.
  if (low > 0 && low < high / 2) low = 0;
  if (high < 0 && high > low / 2) high = 0;
  if (low == high) {
    const double margin = low == 0 ? 1 : std::abs(low) / 2;
    low -= low == 0 ? 0 : margin;
    high += margin;
  }
  const double unit = UnitOf(panel.units, std::max(std::abs(low), std::abs(high)));
  const double step = RoundUp((high - low) / unit / 4) * unit;
  if (!std::isfinite(step) || step <= 0) return {low, high};
  return {std::floor(low / step) * step, std::ceil(high / step) * step};
}

std::vector<std::int64_t> TimeTicks(std::int64_t from, std::int64_t to,
                                    const alerting_system::TimeZone& zone) {
  constexpr std::array<std::int64_t, 16> kSteps = {10,     15,     30,     60,     120,   300,
                                                   600,    900,    1'800,  3'600,  7'200, 10'800,
                                                   21'600, 43'200, 86'400, 172'800};
  auto step = kSteps.back();
  for (const auto candidate : kSteps) {
    if ((to - from) / candidate <= 4) {
      step = candidate;
      break;
    }
  }
  step = std::max(step, (to - from) / 4 / 86'400 * 86'400);  // of many days
  std::vector<std::int64_t> ticks;
  const auto offset = zone.OffsetAt(from);
  const auto first = (from + offset + step - 1) / step * step - offset;
  for (auto tick = first; tick <= to; tick += step) ticks.push_back(tick);
  return ticks;
}

}  // namespace mon::chart
