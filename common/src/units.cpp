#include "common/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace mon {
namespace {

constexpr std::array<std::string_view, 7> kNotScaled = {"%",   "s",      "ms",      "rpm",
                                                        "RPM", "uptime", "unixtime"};
constexpr std::array<std::string_view, 6> kPrefixes = {"", "K", "M", "G", "T", "P"};

/// 12.4, 1023, 0.0004, 1.235e+10.
std::string Short(double value) {
  if (std::abs(value) >= 1000 && std::abs(value) < 1e7) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

}  // namespace

std::string ReadableNumber(double value, std::string_view units) {
  const bool literal = units.starts_with('!');
  if (literal) units.remove_prefix(1);
  const bool bytes = units == "B" || units == "Bps";
  const bool scaled = !literal && std::ranges::find(kNotScaled, units) == kNotScaled.end();
  std::size_t prefix = 0;
  if (scaled && (bytes || std::abs(value) >= 10'000)) {
    const double step = bytes ? 1024 : 1000;
    while (std::abs(value) >= step && prefix + 1 < kPrefixes.size()) {
      value /= step;
      ++prefix;
    }
  }
  const auto unit = fmt::format("{}{}", kPrefixes.at(prefix), units);
  return unit.empty() ? Short(value) : fmt::format("{} {}", Short(value), unit);
}

}  // namespace mon
