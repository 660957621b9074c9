#include "dispatch/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "common/text.h"

namespace mon::dispatch {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr unsigned kEveryDay = 0x7F;
constexpr std::int64_t kDay = 24 * 3600;

std::unexpected<Error> Refuse(std::string_view found) {
  return Fail(ErrorCode::kConfig,
              fmt::format("found {}, expected days and times such as \"mon-fri 22:00-06:00; sun\"",
                          QuoteJson(found)));
}

std::optional<unsigned> DayAt(std::string_view name) {
  const auto found = std::ranges::find(kDays, name);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<unsigned>(found - kDays.begin());
}

/// Bits of "mon", "mon-fri" (also past the end of the week: "sat-mon"), "daily".
std::optional<unsigned> DaysOf(std::string_view text) {
  if (text == "daily") return kEveryDay;
  const auto dash = text.find('-');
  const auto first = DayAt(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : DayAt(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  unsigned days = 0;
  for (unsigned day = *first;; day = (day + 1) % 7) {
    days |= 1U << day;
    if (day == *last) return days;
  }
}

/// Minutes of "22:00"; 24:00 is the end of the day.
std::optional<int> MinuteOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = ParseUint(text.substr(0, 2));
  const auto minutes = ParseUint(text.substr(3));
  if (!hours || !minutes || *minutes > 59 || *hours * 60 + *minutes > 24 * 60) return std::nullopt;
  return static_cast<int>(*hours * 60 + *minutes);
}

}  // namespace

Result<Calendar::Span> Calendar::ParseSpan(std::string_view text) {
  Span span;
  std::string_view days = text;
  // The times come last, and alone have digits.
  if (const auto digit = text.find_first_of("0123456789"); digit != std::string_view::npos) {
    days = Trim(text.substr(0, digit));
    const auto times = Trim(text.substr(digit));
    const auto dash = times.find('-');
    if (dash == std::string_view::npos) return Refuse(text);
    const auto from = MinuteOf(Trim(times.substr(0, dash)));
    const auto to = MinuteOf(Trim(times.substr(dash + 1)));
    if (!from || !to || *from == *to || *from == 24 * 60) return Refuse(text);
    span.from = *from;
    span.to = *to;
  }
  const auto names = SplitList(days.empty() ? "daily" : days);
  for (const auto& name : names) {
    const auto bits = DaysOf(name);
    if (!bits) return Refuse(text);
    span.days |= *bits;
  }
  return span;
}

Result<Calendar> Calendar::Parse(std::string_view text, const alerting_system::TimeZone& zone) {
  Calendar calendar(zone);
  for (const auto& part : SplitList(text, ';')) {
    auto span = ParseSpan(part);
    if (!span) return std::unexpected(span.error());
    calendar.spans_.push_back(*span);
  }
  if (calendar.spans_.empty()) return Refuse(text);
  return calendar;
}

bool Calendar::Covers(std::int64_t epoch_seconds) const {
  const std::int64_t local = epoch_seconds + zone_.OffsetAt(epoch_seconds);
  const std::int64_t second = ((local % kDay) + kDay) % kDay;
  const int minute = static_cast<int>(second / 60);
  // 1970-01-01 was a Thursday.
  const auto today = static_cast<unsigned>((((local - second) / kDay + 3) % 7 + 7) % 7);
  const auto yesterday = (today + 6) % 7;
  return std::ranges::any_of(spans_, [&](const Span& span) {
    const bool is_today = (span.days >> today & 1U) != 0;
    if (span.to > span.from) return is_today && minute >= span.from && minute < span.to;
    const bool was_yesterday = (span.days >> yesterday & 1U) != 0;
    return (is_today && minute >= span.from) || (was_yesterday && minute < span.to);
  });
}

}  // namespace mon::dispatch
