#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "detector/metric_detector.h"

namespace mon::detector {
namespace {

std::string Short(double value, int digits) { return fmt::format("{:.{}g}", value, digits); }

/// Four digits are enough to compare by, where they tell what was seen from what was expected.
int Digits(const Explanation& explanation) {
  int digits = 4;
  const auto same = [&](double edge) {
    return edge != explanation.seen && Short(edge, digits) == Short(explanation.seen, digits);
  };
  while (digits < 15 && (same(explanation.low) || same(explanation.high))) ++digits;
  return digits;
}

std::string Count(double number, std::string_view unit) {
  constexpr std::array<std::string_view, 13> kWords = {"",     "",       "two",   "three", "four",
                                                       "five", "six",    "seven", "eight", "nine",
                                                       "ten",  "eleven", "twelve"};
  const auto rounded = static_cast<std::size_t>(std::clamp(std::round(number), 1.0, 999.0));
  if (rounded == 1) return fmt::format("a {}", unit);
  if (rounded < kWords.size()) return fmt::format("{} {}s", kWords[rounded], unit);
  return fmt::format("{} {}s", rounded, unit);
}

/// "about once in four months"
std::string HowRare(double per_month) {
  constexpr double kDays = 30;
  if (per_month * 24 <= 1) return "less than once in two years";
  if (per_month < 1) return fmt::format("about once in {}", Count(1 / per_month, "month"));
  if (per_month <= kDays) return fmt::format("about once in {}", Count(kDays / per_month, "day"));
  return "several times a day";
}

std::string_view Where(Reason reason) {
  switch (reason) {
    case Reason::kNone:
    case Reason::kRange:
    case Reason::kGap:
      break;
    case Reason::kMean:
      return " on average of the last values";
    case Reason::kLevel:
      return " over the last hour";
    case Reason::kSeason:
      return " at this time of the day";
    case Reason::kWeek:
      return " at this time of the week";
    case Reason::kJump:
      return " from one value to the next";
  }
  return "";
}

}  // namespace

std::string Sentence(const Explanation& explanation) {
  if (explanation.reason == Reason::kNone) return "";
  const int digits = Digits(explanation);
  return fmt::format("expected {} to {}{}{}, saw {}, {}", Short(explanation.low, digits),
                     Short(explanation.high, digits), explanation.rate ? " a second" : "",
                     Where(explanation.reason), Short(explanation.seen, digits),
                     HowRare(explanation.per_month));
}

}  // namespace mon::detector
