#include <fmt/format.h>

#include <optional>

#include "common/text.h"
#include "data_aggregator/retention.h"

namespace mon::data_aggregator {

Result<Day> ParseDay(std::string_view text) {
  const auto part = [&](std::size_t from, std::size_t count) {
    return text.size() == 10 ? ParseUint(text.substr(from, count)) : std::nullopt;
  };
  const auto year = part(0, 4);
  const auto month = part(5, 2);
  const auto day = part(8, 2);
  if (year && month && day && text[4] == '-' && text[7] == '-') {
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (date.ok()) return Day(date);
  }
  return Fail(ErrorCode::kUsage,
              fmt::format("{} is no day: expected one such as 2025-06-15", QuoteJson(text)));
}

std::string DayText(Day day) { return FormatUtc(EpochSeconds(TimePoint(day))).substr(0, 10); }

}  // namespace mon::data_aggregator
