#include "parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <vector>

namespace mon::processor {

int PartOf(std::string_view application) {
  const auto* bytes = reinterpret_cast<const Bytef*>(application.data());
  return static_cast<int>(crc32_z(0, bytes, application.size()) % kParts);
}

std::string IsOneOf(const Parts& parts, std::string_view column) {
  if (parts.all()) return "TRUE";
  std::vector<int> numbers;
  for (int part = 0; part < kParts; ++part)
    if (parts.test(static_cast<std::size_t>(part))) numbers.push_back(part);
  if (numbers.empty()) return "FALSE";
  return fmt::format("{} IN ({})", column, fmt::join(numbers, ","));
}

std::string InParts(const Parts& parts, std::string_view column) {
  return IsOneOf(parts, fmt::format("CRC32({}) % {}", column, kParts));
}

}  // namespace mon::processor
