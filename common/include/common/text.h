#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace mon {

/// "250ms", "10s", "5m", "1h", "7d"; a whole number and one unit. kConfig with what was expected
/// otherwise.
[[nodiscard]] Result<std::chrono::milliseconds> ParseDuration(std::string_view text);
/// The inverse, in the largest unit that divides it: 90 s is "90s", 3600 s is "1h".
[[nodiscard]] std::string FormatDuration(std::chrono::milliseconds duration);

/// Whole-string parses: no blanks, no sign where the type has none, nothing after the number.
[[nodiscard]] std::optional<std::int64_t> ParseInt(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> ParseUint(std::string_view text);
/// Finite or not: "nan" and "inf" parse; the caller decides.
[[nodiscard]] std::optional<double> ParseDouble(std::string_view text);

/// The shortest text that reads back as the same number ("0.02", not "0.0199999996").
[[nodiscard]] std::string ShortestText(float value);
[[nodiscard]] std::string ShortestText(double value);

/// `2025-06-15 14:26:40` in UTC.
[[nodiscard]] std::string FormatUtc(std::int64_t epoch_seconds);

[[nodiscard]] std::string_view Trim(std::string_view text);

/// Of ASCII; any other byte stays.
[[nodiscard]] constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Splits at `separator`, trims each part, leaves empty parts out.
[[nodiscard]] std::vector<std::string> SplitList(std::string_view text, char separator = ',');

/// Shell-like pattern: `*` any run, `?` any one character; everything else literal, case-sensitive.
[[nodiscard]] bool GlobMatch(std::string_view pattern, std::string_view text);

/// Valid UTF-8 of at most `max_bytes`: bad sequences become U+FFFD, a cut never splits a character.
[[nodiscard]] std::string CleanUtf8(std::string_view text, std::size_t max_bytes);

/// Control characters as `\n`, `\t` and `\u001b`, so that foreign text can neither begin a line of
/// its own nor steer a terminal; everything else as it is.
[[nodiscard]] std::string EscapeControls(std::string_view text);
/// A JSON string with its quotes, which is a TOML basic string as well. Bad UTF-8 becomes U+FFFD.
[[nodiscard]] std::string QuoteJson(std::string_view text);

/// Terminal cells of UTF-8 text, for padding tables: one per code point, zero for combining marks,
/// two for wide ones.
[[nodiscard]] std::size_t DisplayWidth(std::string_view utf8);

}  // namespace mon
