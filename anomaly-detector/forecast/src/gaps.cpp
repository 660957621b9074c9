#include "gaps.h"

#include <algorithm>
#include <cmath>

namespace mon::forecast {

std::vector<double> FillGaps(std::span<const double> values, std::size_t season) {
  const auto is_finite = [](double value) { return std::isfinite(value); };
  const auto first = std::ranges::find_if(values, is_finite);
  std::vector<double> filled(first, values.end());
  std::size_t next = 0;  // the end of the gap
  for (std::size_t i = 0; i < filled.size(); ++i) {
    if (std::isfinite(filled[i])) continue;
    if (season > 1 && i >= season) {
      filled[i] = filled[i - season];
      continue;
    }
    if (next < i) {
      next = i;
      while (next < filled.size() && !std::isfinite(filled[next])) ++next;
    }
    const double left = filled[i - 1];
    const double right = next < filled.size() ? filled[next] : left;
    filled[i] = left + (right - left) / static_cast<double>(next - i + 1);
  }
  return filled;
}

}  // namespace mon::forecast
