#include "common/text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <limits>
#include <utility>

namespace mon {

namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t in_ms;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

std::unexpected<Error> NoDuration(std::string_view text) {
  return Fail(ErrorCode::kConfig,
              fmt::format("{} is not a duration: expected a whole number and one of ms, s, m, h, d,"
                          " such as \"10s\"",
                          QuoteJson(CleanUtf8(text, 64))));
}

template <typename Number>
std::optional<Number> Parse(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename Number>
std::string Shortest(Number value) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::string();
}

}  // namespace

Result<milliseconds> ParseDuration(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::int64_t> count = ParseInt(text.substr(0, digits));
  if (!count) return NoDuration(text);
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    if (*count > std::numeric_limits<std::int64_t>::max() / unit.in_ms) return NoDuration(text);
    return milliseconds(*count * unit.in_ms);
  }
  return NoDuration(text);
}

std::string FormatDuration(milliseconds duration) {
  if (duration.count() == 0) return "0s";
  Unit best = kUnits.front();
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.in_ms == 0) best = unit;
  }
  return fmt::format("{}{}", duration.count() / best.in_ms, best.name);
}

std::optional<std::int64_t> ParseInt(std::string_view text) { return Parse<std::int64_t>(text); }
std::optional<std::uint64_t> ParseUint(std::string_view text) { return Parse<std::uint64_t>(text); }
std::optional<double> ParseDouble(std::string_view text) { return Parse<double>(text); }

std::string ShortestText(float value) { return Shortest(value); }
std::string ShortestText(double value) { return Shortest(value); }

std::string FormatUtc(std::int64_t epoch_seconds) {
  const std::time_t time = epoch_seconds;
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return fmt::format("{} s", epoch_seconds);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900LL,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string> SplitList(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    const std::string_view part = Trim(text.substr(0, end));
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Only the last `*` needs to be remembered: what an earlier one could take, the last can as well.
bool GlobMatch(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      // One character of UTF-8 is one `?`.
      const bool any = pattern[p] == '?';
      ++p;
      ++t;
      while (any && t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80) ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace mon
