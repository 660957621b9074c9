#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mon::alerting_system::tzif {

/// From `at` (epoch seconds) on, local time is UTC plus `offset` seconds.
struct Transition {
  std::int64_t at = 0;
  std::int32_t offset = 0;
};

/// A date within any year, as POSIX writes it in TZ: "M3.5.0/2", "J60", "59".
struct YearlyDate {
  enum class Kind { kMonthWeekDay, kJulianNoLeap, kDayOfYear } kind = Kind::kMonthWeekDay;
  int month = 1;
  int week = 1;              ///< 5: the last
  int weekday = 0;           ///< 0 Sunday
  int day = 0;               ///< of the two other kinds
  std::int64_t time = 7200;  ///< seconds after local midnight; RFC 8536 allows -167 to 167 hours
};

/// What holds after the last transition of the file: the TZ string at its end.
struct Footer {
  std::int32_t standard_offset = 0;
  bool has_daylight = false;
  std::int32_t daylight_offset = 0;
  YearlyDate daylight_start;
  YearlyDate daylight_end;
};

struct File {
  std::int32_t first_offset = 0;  ///< before the first transition
  std::vector<Transition> transitions;
  std::optional<Footer> footer;
};

/// Parses a TZif file of version 1 to 4 (RFC 8536, RFC 9636); nullopt where it is not one.
[[nodiscard]] std::optional<File> Parse(std::string_view bytes);

/// Parses a TZ string as in a TZif footer: "CET-1CEST,M3.5.0,M10.5.0/3".
[[nodiscard]] std::optional<Footer> ParseFooter(std::string_view text);

[[nodiscard]] std::int32_t OffsetAt(const File& file, std::int64_t epoch_seconds);

}  // namespace mon::alerting_system::tzif
