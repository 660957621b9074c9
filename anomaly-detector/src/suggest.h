#pragma once

#include <span>
#include <string_view>

namespace mon::anomaly_detector {

/// Of `known`, the word that `word` was probably meant to be; empty where none is near.
[[nodiscard]] std::string_view Nearest(std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace mon::anomaly_detector
