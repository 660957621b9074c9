#include "http_date.h"

#include <chrono>

namespace mon::data_aggregator {
namespace {

/// The form: each letter but 'a' stands for itself, 'a' for any letter, '0' for a digit.
constexpr std::string_view kForm = "aaa, 00 aaa 0000 00:00:00 GMT";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool HasForm(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = kForm[i] == '0'   ? IsDigit(text[i])
                      : kForm[i] == 'a' ? IsLetter(text[i])
                                        : text[i] == kForm[i];
    if (!fits) return false;
  }
  return true;
}

int Number(std::string_view digits) {
  int number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

}  // namespace

std::optional<std::int64_t> ParseHttpDate(std::string_view text) {
  if (!HasForm(text)) return std::nullopt;
  const auto month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::chrono::year_month_day day{
      std::chrono::year(Number(text.substr(12, 4))),
      std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
      std::chrono::day(static_cast<unsigned>(Number(text.substr(5, 2))))};
  const int hours = Number(text.substr(17, 2));
  const int minutes = Number(text.substr(20, 2));
  const int seconds = Number(text.substr(23, 2));
  constexpr int kLeapSecond = 60;
  if (!day.ok() || hours > 23 || minutes > 59 || seconds > kLeapSecond) return std::nullopt;
  const auto time = std::chrono::sys_days(day) + std::chrono::hours(hours) +
                    std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  return time.time_since_epoch().count();
}

}  // namespace mon::data_aggregator
