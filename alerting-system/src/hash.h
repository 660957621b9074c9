#pragma once

#include <cstdint>
#include <string_view>

namespace mon::alerting_system {

/// FNV-1a, 64 bit (Fowler, Noll, Vo): short, and the same on every machine and in every version.
constexpr std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

}  // namespace mon::alerting_system
