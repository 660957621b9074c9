#include "alerting_system/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "tzif.h"

namespace mon::alerting_system {

struct TimeZone::Rules {
  tzif::File file;
};

namespace {

constexpr const char* kZoneDirectory = "/usr/share/zoneinfo";

/// A name is a path below the zone directory: no way out of it, and none of its other files.
bool IsZoneName(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
  return plain && !name.empty() && name.front() != '/' && name.back() != '/';
}

std::optional<tzif::File> ReadZoneFile(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return tzif::Parse(bytes);
}

/// Where the system says what its zone is; a $TZ that is a rule of its own is read as one.
tzif::File SystemZone() {
  const char* variable = std::getenv("TZ");
  if (variable != nullptr && *variable != '\0') {
    std::string_view tz = variable;
    if (tz.starts_with(':')) tz.remove_prefix(1);
    const auto path = tz.starts_with('/') ? std::filesystem::path(tz)
                                          : std::filesystem::path(kZoneDirectory) / tz;
    if (auto file = ReadZoneFile(path)) return *std::move(file);
    if (auto footer = tzif::ParseFooter(tz)) return {footer->standard_offset, {}, footer};
    return {};
  }
  return ReadZoneFile("/etc/localtime").value_or(tzif::File{});
}

struct LocalTime {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
  unsigned weekday;  ///< 0 Sunday
};

/// Years 1 to 9999: a time beyond them is garbage of the source and must not break the calendar.
std::int64_t Clamp(std::int64_t epoch_seconds) {
  return std::clamp<std::int64_t>(epoch_seconds, -62'135'510'400, 253'402'214'400);
}

LocalTime Split(std::int64_t local_seconds) {
  using namespace std::chrono;
  const sys_seconds local{seconds(Clamp(local_seconds))};
  const auto day = floor<days>(local);
  return {year_month_day(day), hh_mm_ss(local - day), weekday(day).c_encoding()};
}

std::string FormatOffset(std::int64_t offset, std::string_view separator) {
  const std::int64_t minutes = std::abs(offset) / 60;
  return fmt::format("{}{:02}{}{:02}", offset < 0 ? '-' : '+', minutes / 60, separator,
                     minutes % 60);
}

std::string FormatClock(const LocalTime& local) {
  return fmt::format("{:02}:{:02}:{:02}", local.time.hours().count(), local.time.minutes().count(),
                     local.time.seconds().count());
}

}  // namespace

TimeZone::TimeZone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}

Result<TimeZone> TimeZone::Load(std::string_view name) {
  if (name.empty()) return TimeZone(std::make_shared<Rules>(SystemZone()));
  if (name == "UTC") return Utc();  // also where no zones are installed
  std::optional<tzif::File> file;
  if (IsZoneName(name)) file = ReadZoneFile(std::filesystem::path(kZoneDirectory) / name);
  if (!file) {
    return Fail(
        ErrorCode::kConfig,
        fmt::format("mail.time_zone: \"{}\" is no time zone of this system; expected a name "
                    "below {}, such as \"Europe/Berlin\" (package tzdata)",
                    name, kZoneDirectory));
  }
  return TimeZone(std::make_shared<Rules>(*std::move(file)));
}

std::string TimeZone::SystemName() {
  std::string name;
  if (const char* variable = std::getenv("TZ"); variable != nullptr && *variable != '\0') {
    name = *variable == ':' ? variable + 1 : variable;
  } else {
    std::error_code error;
    const std::string link = std::filesystem::read_symlink("/etc/localtime", error).string();
    constexpr std::string_view kFolder = "zoneinfo/";
    const auto at = link.rfind(kFolder);
    if (at != std::string::npos) name = link.substr(at + kFolder.size());
    if (error == std::errc::no_such_file_or_directory) name = "UTC";
  }
  return Load(name) ? name : std::string();
}

TimeZone TimeZone::Utc() { return TimeZone(std::make_shared<Rules>()); }

std::int64_t TimeZone::OffsetAt(std::int64_t epoch_seconds) const {
  return tzif::OffsetAt(rules_->file, Clamp(epoch_seconds));
}

std::string TimeZone::Format(std::int64_t epoch_seconds) const {
  const std::int64_t offset = OffsetAt(epoch_seconds);
  const LocalTime local = Split(Clamp(epoch_seconds) + offset);
  return fmt::format("{:04}-{:02}-{:02} {} {}", static_cast<int>(local.date.year()),
                     static_cast<unsigned>(local.date.month()),
                     static_cast<unsigned>(local.date.day()), FormatClock(local),
                     FormatOffset(offset, ":"));
}

std::string TimeZone::FormatTime(std::int64_t epoch_seconds) const {
  return FormatClock(Split(Clamp(epoch_seconds) + OffsetAt(epoch_seconds)));
}

std::string TimeZone::FormatRfc5322(std::int64_t epoch_seconds) const {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::int64_t offset = OffsetAt(epoch_seconds);
  const LocalTime local = Split(Clamp(epoch_seconds) + offset);
  return fmt::format(
      "{}, {:02} {} {:04} {} {}", kDays.at(local.weekday), static_cast<unsigned>(local.date.day()),
      kMonths.at(static_cast<unsigned>(local.date.month()) - 1),
      static_cast<int>(local.date.year()), FormatClock(local), FormatOffset(offset, ""));
}

}  // namespace mon::alerting_system
