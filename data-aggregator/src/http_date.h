#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mon::data_aggregator {

/// Seconds since 1970-01-01 UTC of "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7, IMF-fixdate).
/// Nothing of any other form. Not by strptime: that asks the locale, for each of thousands of
/// answers.
[[nodiscard]] std::optional<std::int64_t> ParseHttpDate(std::string_view text);

}  // namespace mon::data_aggregator
