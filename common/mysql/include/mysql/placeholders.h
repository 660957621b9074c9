#pragma once

#include <cstddef>
#include <string>

namespace mon::mysql {

/// "?,?,?" for so many parameters, at least one: what stands between the parentheses of IN (…).
[[nodiscard]] inline std::string Placeholders(std::size_t count) {
  std::string marks = "?";
  for (std::size_t i = 1; i < count; ++i) marks += ",?";
  return marks;
}

}  // namespace mon::mysql
