#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mon::anomaly_detector {

/// Epoch seconds, or `YYYY-MM-DD HH:MM:SS` (UTC); nothing for any other text.
[[nodiscard]] std::optional<std::int64_t> ParseStreamTime(std::string_view text);

}  // namespace mon::anomaly_detector
