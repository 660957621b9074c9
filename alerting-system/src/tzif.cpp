#include "tzif.h"

#include <algorithm>
#include <chrono>

namespace mon::alerting_system::tzif {
namespace {

constexpr std::size_t kHeaderSize = 44;

/// Big-endian two's complement of `size` bytes.
std::int64_t ReadInteger(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
  }
  const unsigned unused_bits = 64U - 8U * static_cast<unsigned>(size);
  return static_cast<std::int64_t>(value << unused_bits) >> unused_bits;
}

struct Header {
  char version = '\0';
  std::size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, characters = 0;

  [[nodiscard]] std::size_t DataSize(std::size_t time_size) const {
    return times * time_size + times + types * 6 + characters + leaps * (time_size + 4) + is_std +
           is_ut;
  }
};

std::optional<Header> ReadHeader(std::string_view bytes) {
  if (bytes.size() < kHeaderSize || !bytes.starts_with("TZif")) return std::nullopt;
  const auto count = [&](std::size_t at) {
    return static_cast<std::size_t>(ReadInteger(bytes, at, 4) & 0xFFFF'FFFF);
  };
  return Header{bytes[4], count(20), count(24), count(28), count(32), count(36), count(40)};
}

std::optional<File> ReadBlock(std::string_view bytes, const Header& header, std::size_t time_size) {
  if (bytes.size() < header.DataSize(time_size) || header.types == 0) return std::nullopt;
  const std::size_t indexes = header.times * time_size;
  const std::size_t types = indexes + header.times;
  const auto offset_of = [&](std::size_t type) {
    return static_cast<std::int32_t>(ReadInteger(bytes, types + type * 6, 4));
  };
  File file;
  file.first_offset = offset_of(0);
  for (std::size_t i = 0; i < header.times; ++i) {
    const auto type = static_cast<unsigned char>(bytes[indexes + i]);
    if (type >= header.types) return std::nullopt;
    file.transitions.push_back({ReadInteger(bytes, i * time_size, time_size), offset_of(type)});
  }
  return file;
}

/// Reads a TZ string from front to back; each function takes what it read off `rest`.
class FooterReader {
 public:
  explicit FooterReader(std::string_view text) : rest_(text) {}

  bool Name() {
    std::size_t end = 0;
    if (!rest_.empty() && rest_[0] == '<') {
      end = rest_.find('>');
      if (end == std::string_view::npos) return false;
      ++end;
    } else {
      while (end < rest_.size() && IsLetter(rest_[end])) ++end;
    }
    rest_.remove_prefix(end);
    return end >= 3;
  }

  std::optional<int> Number() {
    std::size_t digits = 0;
    int value = 0;
    while (digits < rest_.size() && digits < 4 && IsDigit(rest_[digits])) {
      value = value * 10 + (rest_[digits++] - '0');
    }
    rest_.remove_prefix(digits);
    return digits > 0 ? std::optional(value) : std::nullopt;
  }

  /// [+-]hh[:mm[:ss]]
  std::optional<std::int64_t> Time() {
    const bool negative = Take('-');
    if (!negative) Take('+');
    const auto hours = Number();
    if (!hours) return std::nullopt;
    std::int64_t seconds = std::int64_t{*hours} * 3600;
    for (const int unit : {60, 1}) {
      if (!Take(':')) break;
      const auto part = Number();
      if (!part) return std::nullopt;
      seconds += std::int64_t{*part} * unit;
    }
    return negative ? -seconds : seconds;
  }

  std::optional<YearlyDate> Date() {
    YearlyDate date;
    if (Take('M')) {
      date.month = Number().value_or(0);
      date.week = Take('.') ? Number().value_or(0) : 0;
      date.weekday = Take('.') ? Number().value_or(7) : 7;
      if (date.month < 1 || date.month > 12 || date.week < 1 || date.week > 5 || date.weekday > 6) {
        return std::nullopt;
      }
    } else {
      date.kind = Take('J') ? YearlyDate::Kind::kJulianNoLeap : YearlyDate::Kind::kDayOfYear;
      const auto day = Number();
      if (!day) return std::nullopt;
      date.day = *day;
    }
    if (Take('/')) {
      const auto time = Time();
      if (!time) return std::nullopt;
      date.time = *time;
    }
    return date;
  }

  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }
  [[nodiscard]] bool At(char c) const { return !rest_.empty() && rest_[0] == c; }

 private:
  static bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
};

/// Local midnight of `date` in `year`, plus its time; in seconds as if local time were UTC.
std::int64_t LocalSeconds(const YearlyDate& date, std::chrono::year year) {
  using namespace std::chrono;
  sys_days day;
  if (date.kind == YearlyDate::Kind::kMonthWeekDay) {
    const year_month month = year / date.month;
    const weekday wanted(static_cast<unsigned>(date.weekday));
    day = date.week == 5 ? sys_days(month / wanted[last])
                         : sys_days(month / wanted[static_cast<unsigned>(date.week)]);
  } else {
    const bool skip_leap_day =
        date.kind == YearlyDate::Kind::kJulianNoLeap && year.is_leap() && date.day >= 60;
    const int first = date.kind == YearlyDate::Kind::kJulianNoLeap ? 1 : 0;
    day = sys_days(year / 1 / 1) + days(date.day - first + (skip_leap_day ? 1 : 0));
  }
  return duration_cast<seconds>(day.time_since_epoch()).count() + date.time;
}

std::int32_t OffsetByFooter(const Footer& footer, std::int64_t epoch_seconds) {
  if (!footer.has_daylight) return footer.standard_offset;
  using namespace std::chrono;
  const sys_seconds local(seconds(epoch_seconds + footer.standard_offset));
  const year year = year_month_day(floor<days>(local)).year();
  // Each switch is given in the local time that holds before it.
  const auto start = LocalSeconds(footer.daylight_start, year) - footer.standard_offset;
  const auto end = LocalSeconds(footer.daylight_end, year) - footer.daylight_offset;
  const bool northern = start < end;
  const bool between =
      epoch_seconds >= std::min(start, end) && epoch_seconds < std::max(start, end);
  return between == northern ? footer.daylight_offset : footer.standard_offset;
}

}  // namespace

std::optional<Footer> ParseFooter(std::string_view text) {
  FooterReader reader(text);
  Footer footer;
  if (!reader.Name()) return std::nullopt;
  const auto standard = reader.Time();
  if (!standard) return std::nullopt;
  footer.standard_offset = static_cast<std::int32_t>(-*standard);  // POSIX counts west of UTC
  if (reader.AtEnd()) return footer;

  footer.has_daylight = true;
  footer.daylight_offset = footer.standard_offset + 3600;
  if (!reader.Name()) return std::nullopt;
  if (!reader.At(',')) {
    const auto daylight = reader.Time();
    if (!daylight) return std::nullopt;
    footer.daylight_offset = static_cast<std::int32_t>(-*daylight);
  }
  const auto start = reader.Take(',') ? reader.Date() : std::nullopt;
  const auto end = reader.Take(',') ? reader.Date() : std::nullopt;
  if (!start || !end || !reader.AtEnd()) return std::nullopt;
  footer.daylight_start = *start;
  footer.daylight_end = *end;
  return footer;
}

std::optional<File> Parse(std::string_view bytes) {
  auto header = ReadHeader(bytes);
  if (!header) return std::nullopt;
  bytes.remove_prefix(kHeaderSize);
  if (header->version == '\0') return ReadBlock(bytes, *header, 4);

  // From version 2 on the same follows again with 64-bit times, and then the footer.
  if (bytes.size() < header->DataSize(4)) return std::nullopt;
  bytes.remove_prefix(header->DataSize(4));
  header = ReadHeader(bytes);
  if (!header) return std::nullopt;
  bytes.remove_prefix(kHeaderSize);
  auto file = ReadBlock(bytes, *header, 8);
  if (!file) return std::nullopt;
  bytes.remove_prefix(header->DataSize(8));
  const auto end = bytes.find('\n', 1);
  if (bytes.starts_with('\n') && end != std::string_view::npos) {
    file->footer = ParseFooter(bytes.substr(1, end - 1));
  }
  return file;
}

std::int32_t OffsetAt(const File& file, std::int64_t epoch_seconds) {
  const auto next = std::ranges::upper_bound(file.transitions, epoch_seconds, {}, &Transition::at);
  if (next == file.transitions.end() && file.footer) {
    return OffsetByFooter(*file.footer, epoch_seconds);
  }
  if (next == file.transitions.begin()) return file.first_offset;
  return std::prev(next)->offset;
}

}  // namespace mon::alerting_system::tzif
