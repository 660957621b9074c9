#include "time_text.h"

#include <chrono>

#include "common/text.h"

namespace mon::zabbix_connector {
namespace {

/// The number of exactly `digits` digits at `at`, if it is at most `most`.
std::optional<int> Part(std::string_view text, std::size_t at, std::size_t digits, int most) {
  if (text.size() < at + digits) return std::nullopt;
  const auto number = ParseUint(text.substr(at, digits));
  if (!number || *number > static_cast<std::uint64_t>(most)) return std::nullopt;
  return static_cast<int>(*number);
}

/// Seconds of "HH:MM" or "HH:MM:SS".
std::optional<int> TimeOfDay(std::string_view text) {
  const auto hours = Part(text, 0, 2, 23);
  const auto minutes = Part(text, 3, 2, 59);
  const auto seconds = text.size() == 5 ? std::optional(0) : Part(text, 6, 2, 59);
  const bool separated =
      (text.size() == 5 || (text.size() == 8 && text[5] == ':')) && text[2] == ':';
  if (!separated || !hours || !minutes || !seconds) return std::nullopt;
  return (*hours * 60 + *minutes) * 60 + *seconds;
}

}  // namespace

std::optional<std::int64_t> ParseTime(std::string_view text) {
  if (const auto epoch = ParseInt(text)) return *epoch >= 0 ? epoch : std::nullopt;
  const auto year = Part(text, 0, 4, 9999);
  const auto month = Part(text, 5, 2, 12);
  const auto day = Part(text, 8, 2, 31);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const auto midnight = std::chrono::sys_days(date).time_since_epoch();
  const std::int64_t start = std::chrono::duration_cast<std::chrono::seconds>(midnight).count();
  if (text.size() == 10) return start;
  if (text[10] != ' ' && text[10] != 'T') return std::nullopt;
  const auto time = TimeOfDay(text.substr(11));
  return time ? std::optional(start + *time) : std::nullopt;
}

}  // namespace mon::zabbix_connector
