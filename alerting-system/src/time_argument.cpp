#include "alerting_system/time_argument.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>

#include "common/text.h"

namespace mon::alerting_system {
namespace {

/// Takes parts off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  /// Exactly `digits` digits.
  std::optional<int> Number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return number;
  }

  bool Take(std::string_view one_of) {
    if (rest_.empty() || one_of.find(rest_.front()) == std::string_view::npos) return false;
    taken_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  [[nodiscard]] char Taken() const { return taken_; }
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char taken_ = 0;
};

std::optional<std::int64_t> Date(Scanner& scan) {
  const auto year = scan.Number(4);
  if (!year || !scan.Take("-")) return std::nullopt;
  const auto month = scan.Number(2);
  if (!month || !scan.Take("-")) return std::nullopt;
  const auto day = scan.Number(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400};
}

/// HH:MM or HH:MM:SS, in seconds.
std::optional<std::int64_t> ClockTime(Scanner& scan) {
  const auto hour = scan.Number(2);
  if (!hour || *hour > 23 || !scan.Take(":")) return std::nullopt;
  const auto minute = scan.Number(2);
  if (!minute || *minute > 59) return std::nullopt;
  std::optional<int> second = 0;
  if (scan.Take(":")) second = scan.Number(2);
  if (!second || *second > 59) return std::nullopt;
  return *hour * 3'600 + *minute * 60 + *second;
}

/// What follows + or -: HH:MM or HHMM, in seconds.
std::optional<std::int64_t> Offset(Scanner& scan) {
  const bool west = scan.Taken() == '-';
  const auto hours = scan.Number(2);
  scan.Take(":");
  const auto minutes = scan.Number(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t seconds = *hours * 3'600 + *minutes * 60;
  return west ? -seconds : seconds;
}

std::int64_t FromLocal(std::int64_t local, const TimeZone& zone) {
  const auto near = local - zone.OffsetAt(local);
  return local - zone.OffsetAt(near);
}

std::optional<std::int64_t> Calendar(std::string_view text, const TimeZone& zone) {
  Scanner scan(text);
  const auto date = Date(scan);
  if (!date) return std::nullopt;
  if (scan.AtEnd()) return FromLocal(*date, zone);
  if (!scan.Take(" T")) return std::nullopt;
  const auto clock = ClockTime(scan);
  if (!clock) return std::nullopt;
  const auto local = *date + *clock;
  if (scan.AtEnd()) return FromLocal(local, zone);
  if (scan.Take("Z")) return scan.AtEnd() ? std::optional(local) : std::nullopt;
  scan.Take(" ");
  if (!scan.Take("+-")) return std::nullopt;
  const auto offset = Offset(scan);
  if (!offset || !scan.AtEnd()) return std::nullopt;
  return local - *offset;
}

std::optional<std::int64_t> Relative(std::string_view text, std::int64_t now) {
  if (text == "now") return now;
  if (text.empty() || (text.front() != '-' && text.front() != '+')) return std::nullopt;
  const auto duration = ParseDuration(text.substr(1));
  if (!duration) return std::nullopt;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*duration).count();
  return text.front() == '-' ? now - seconds : now + seconds;
}

}  // namespace

Result<std::int64_t> ParseTime(std::string_view text, std::int64_t now, const TimeZone& zone) {
  text = Trim(text);
  if (const auto relative = Relative(text, now)) return *relative;
  if (const auto calendar = Calendar(text, zone)) return *calendar;
  // Ten digits are a second of our days; fewer are rather a mistake, such as a year alone.
  const auto epoch = ParseInt(text);
  if (epoch && *epoch >= 100'000'000 && *epoch < 100'000'000'000) return *epoch;
  return Fail(ErrorCode::kUsage,
              fmt::format("found {}, expected a time: \"2026-11-25 10:00\", "
                          "\"2026-11-25T10:00:00+01:00\", \"-2h\", \"now\" or epoch seconds",
                          QuoteJson(CleanUtf8(text, 64))));
}

}  // namespace mon::alerting_system
