#include "stream_time.h"

#include <chrono>

#include "common/text.h"

namespace mon::anomaly_detector {
namespace {

/// `count` digits at `at`, or -1. Bounds the sign and length that a plain parse would let pass.
int Digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<std::int64_t> ParseStreamTime(std::string_view text) {
  if (const std::optional<std::int64_t> seconds = ParseInt(text)) return seconds;
  constexpr std::string_view kShape = "YYYY-MM-DD HH:MM:SS";
  if (text.size() != kShape.size()) return std::nullopt;
  for (const std::size_t i : {4U, 7U, 10U, 13U, 16U}) {
    if (text[i] != kShape[i]) return std::nullopt;
  }
  const int year = Digits(text, 0, 4);
  const int month = Digits(text, 5, 2);
  const int day = Digits(text, 8, 2);
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) {
    return std::nullopt;
  }
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second);
  return time.time_since_epoch().count();
}

}  // namespace mon::anomaly_detector
