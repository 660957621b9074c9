#include "learnt.h"

#include <fmt/format.h>

#include <functional>

#include "common/text.h"

namespace mon::processor {

std::int64_t SaveAfter(const std::string& series) {
  constexpr std::int64_t kHour = 3600;  // s
  return kHour + static_cast<std::int64_t>(std::hash<std::string>()(series) % kHour);
}

double FourDigits(double value) {
  return ParseDouble(fmt::format("{:.4g}", value)).value_or(value);
}

}  // namespace mon::processor
